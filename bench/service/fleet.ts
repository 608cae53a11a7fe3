// A database that is measured on: the platform's tables, and workspaces with an encrypted pick each.
import { randomBytes, randomUUID } from 'node:crypto';
import { encrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { PLATFORM_TABLES } from '../../local/fleet/platform-tables.ts';
import { databaseUrl, withClient } from '../../local/support/database.ts';

export const MODEL = 'minimax/MiniMax-M2.7';

export interface Fleet {
  databaseUrl: string;
  encryptionKey: string;
  workspaceIds: string[];
}

export interface FleetOptions {
  database: string;
  workspaces: number;
  modelOf: (index: number) => string;
}

/** So many that each statement binds them at once. */
const CHUNK = 100_000;

export const createFleet = async (
  postgresUrl: string,
  { database, workspaces, modelOf }: FleetOptions,
): Promise<Fleet> => {
  const url = databaseUrl(postgresUrl, database);
  await withClient(postgresUrl, (client) => client.query(`CREATE DATABASE ${database}`));

  const encryptionKey = randomBytes(32).toString('base64');
  const key = parseEncryptionKey(encryptionKey);
  const workspaceIds = Array.from({ length: workspaces }, () => randomUUID());
  await withClient(url, async (client) => {
    await client.query(PLATFORM_TABLES);
    for (let first = 0; first < workspaces; first += CHUNK) {
      const ids = workspaceIds.slice(first, first + CHUNK);
      await client.query(
        "INSERT INTO workspaces (id, name) SELECT id, 'bench' FROM unnest($1::uuid[]) AS id",
        [ids],
      );
      await client.query(
        `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
         SELECT id, 'MODEL', value, 1 FROM unnest($1::uuid[], $2::bytea[]) AS pick (id, value)`,
        [ids, ids.map((_, index) => encrypt(key, modelOf(first + index)))],
      );
    }
    await client.query('VACUUM ANALYZE');
  });
  return { databaseUrl: url, encryptionKey, workspaceIds };
};

// The database that is measured on: the platform's tables, 1,000 workspaces with an encrypted pick each.
import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { encrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { PLATFORM_TABLES } from '../../local/fleet/platform-tables.ts';

const WORKSPACES = 1_000;
export const MODEL = 'minimax/MiniMax-M2.7';

export interface Fleet {
  databaseUrl: string;
  encryptionKey: string;
  workspaceIds: string[];
}

export const createFleet = async (postgresUrl: string): Promise<Fleet> => {
  const database = new URL(postgresUrl);
  database.pathname = 'bench';
  await withClient(postgresUrl, (client) => client.query('CREATE DATABASE bench'));

  const encryptionKey = randomBytes(32).toString('base64');
  const key = parseEncryptionKey(encryptionKey);
  const workspaceIds = Array.from({ length: WORKSPACES }, () => randomUUID());
  await withClient(database.href, async (client) => {
    await client.query(PLATFORM_TABLES);
    await client.query("INSERT INTO workspaces (id, name) SELECT id, 'bench' FROM unnest($1::uuid[]) AS id", [
      workspaceIds,
    ]);
    await client.query(
      `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
       SELECT id, 'MODEL', value, 1 FROM unnest($1::uuid[], $2::bytea[]) AS pick (id, value)`,
      [workspaceIds, workspaceIds.map(() => encrypt(key, MODEL))],
    );
    await client.query('VACUUM ANALYZE');
  });
  return { databaseUrl: database.href, encryptionKey, workspaceIds };
};

const withClient = async (url: string, use: (client: Client) => Promise<unknown>): Promise<void> => {
  const client = new Client(url);
  await client.connect();
  await use(client).finally(() => client.end());
};

// Databases with a given number of legacy rows, ten secrets a workspace, each measured on a copy of its own.
import { randomBytes } from 'node:crypto';
import { encrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { PLATFORM_TABLES } from '../../local/fleet/platform-tables.ts';
import { databaseUrl, withClient } from '../../local/support/database.ts';
import type { Bench } from '../measurement.ts';
import { MODEL } from '../service/fleet.ts';

const ROWS_PER_LEGACY_ROW = 10;

export interface LegacyFleet {
  encryptionKey: string;
  /** Runs `use` on a fresh copy, which is then dropped. */
  withCopy: <Result>(use: (databaseUrl: string) => Promise<Result>) => Promise<Result>;
  drop: () => Promise<void>;
}

export const createLegacyFleet = async ({ postgresUrl }: Bench, legacyRows: number): Promise<LegacyFleet> => {
  const template = `legacy_${legacyRows}`;
  const encryptionKey = randomBytes(32).toString('base64');
  await query(postgresUrl, `CREATE DATABASE ${template}`);
  await load(
    databaseUrl(postgresUrl, template),
    legacyRows,
    encrypt(parseEncryptionKey(encryptionKey), MODEL),
  );

  const dropDatabase = (name: string) => query(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  return {
    encryptionKey,
    withCopy: async (use) => {
      const copy = `copy_${randomBytes(4).toString('hex')}`;
      await query(postgresUrl, `CREATE DATABASE ${copy} TEMPLATE ${template} STRATEGY file_copy`);
      return use(databaseUrl(postgresUrl, copy)).finally(() => dropDatabase(copy));
    },
    drop: async () => {
      await dropDatabase(template);
    },
  };
};

/** The rows of a workspace lie together, as it wrote them. Indexes are made last, which takes a third of the time. */
const load = async (url: string, legacyRows: number, value: Buffer): Promise<void> => {
  await query(
    url,
    PLATFORM_TABLES,
    `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_pkey,
       DROP CONSTRAINT workspace_secrets_workspace_id_key_key, DROP CONSTRAINT workspace_secrets_workspace_id_fkey`,
    `INSERT INTO workspaces (name) SELECT 'w' || n FROM generate_series(1, ${legacyRows}) AS n`,
    `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
     SELECT id, CASE n WHEN 1 THEN 'MODEL_PROVIDER' ELSE 'SECRET_' || n END, decode('${value.toString('hex')}', 'hex'), 1
     FROM workspaces, generate_series(1, ${ROWS_PER_LEGACY_ROW}) AS n
     ORDER BY workspaces.ctid`,
    `ALTER TABLE workspace_secrets ADD PRIMARY KEY (id), ADD UNIQUE (workspace_id, key),
       ADD FOREIGN KEY (workspace_id) REFERENCES workspaces ON DELETE CASCADE`,
    'VACUUM (FREEZE, ANALYZE)',
  );
};

/** Runs statements one after the other. @returns the rows of the last */
export const query = (url: string, ...statements: string[]): Promise<unknown[]> =>
  withClient(url, async (client) => {
    let rows: unknown[] = [];
    for (const statement of statements) {
      rows = (await client.query(statement)).rows;
    }
    return rows;
  });

// Random states of workspace_secrets, loaded into a test's database, and the whole table as text to compare.
import * as fc from 'fast-check';
import type { TestStack } from './local-stack.ts';

type Sql = Pick<TestStack, 'sql'>;

export interface SecretRow {
  /** Number of its workspace, or null for a row of none. */
  workspace: number | null;
  key: string;
  hexValue: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

const instant = fc
  .date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const row = fc.record({
  key: fc.constantFrom('MODEL', 'MODEL_PROVIDER', 'MODEL_PROVIDER', 'ANTHROPIC_API_KEY', 'model', 'MODEL_'),
  hexValue: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  version: fc.constantFrom(0, 1),
  createdAt: instant,
  updatedAt: instant,
});

/** Up to `maxRows` rows: every combination of keys in a workspace, and rows without one, of which a key may have many. */
export const fleetState = (maxRows: number): fc.Arbitrary<SecretRow[]> =>
  fc
    .tuple(
      fc.array(fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 4 }), {
        maxLength: maxRows / 4,
        size: 'max',
      }),
      fc.array(row, { maxLength: Math.ceil(maxRows / 20), size: 'max' }),
    )
    .map(([workspaces, strays]) => [
      ...workspaces.flatMap((rows, workspace) => rows.map((each) => ({ ...each, workspace }))),
      ...strays.map((each) => ({ ...each, workspace: null })),
    ]);

/** Replaces everything in both tables by `rows`. */
export const loadState = async ({ sql }: Sql, rows: SecretRow[]): Promise<void> => {
  await sql('TRUNCATE workspace_secrets, workspaces');
  await sql(
    `INSERT INTO workspaces (id, name)
     SELECT DISTINCT CAST(lpad(to_hex(workspace), 32, '0') AS uuid), 'w' || workspace
     FROM json_to_recordset($1) AS r (workspace int) WHERE workspace IS NOT NULL`,
    [JSON.stringify(rows)],
  );
  await sql(
    `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version, created_at, updated_at)
     SELECT CAST(lpad(to_hex(workspace), 32, '0') AS uuid), key, decode("hexValue", 'hex'), version, "createdAt", "updatedAt"
     FROM json_to_recordset($1) AS r (workspace int, key text, "hexValue" text, version int, "createdAt" timestamptz, "updatedAt" timestamptz)`,
    [JSON.stringify(rows)],
  );
};

/** `count` workspaces with a legacy pick each, every tenth with a MODEL row beside it, and a secret of another key. */
export const loadFleet = async ({ sql }: Sql, count: number): Promise<void> => {
  await sql('TRUNCATE workspace_secrets, workspaces');
  await sql(
    `INSERT INTO workspaces (id, name)
     SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'w' || n FROM generate_series(1, $1) AS n`,
    [count],
  );
  await sql(`
    INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
    SELECT id, key, convert_to('vendor/' || name || key, 'UTF8')
    FROM workspaces, unnest(ARRAY['MODEL_PROVIDER', 'OTHER', 'MODEL']) AS key
    WHERE key <> 'MODEL' OR name LIKE '%0'`);
};

/** Every row of workspace_secrets and workspaces, each as one line. */
export const dumpTables = async ({ sql }: Sql): Promise<string[]> => {
  const rows = await sql<{ line: string }>(`
    SELECT s::text AS line FROM workspace_secrets s
    UNION ALL SELECT w::text FROM workspaces w ORDER BY line`);
  return rows.map(({ line }) => line);
};

/** Rows by key. */
export const countKeys = async ({ sql }: Sql): Promise<Record<string, number>> => {
  const rows = await sql<{ key: string; count: number }>(
    'SELECT key, count(*)::int AS count FROM workspace_secrets GROUP BY key',
  );
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
};

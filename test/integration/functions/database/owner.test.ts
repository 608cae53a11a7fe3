// What the owner of the tables reads for operators: who holds locks, and rows that no request sees as they are.
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Leftover, readLeftovers } from '../../../../functions/database/leftovers.ts';
import { describeLockHolders } from '../../../../functions/database/lock-holders.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.sql('TRUNCATE workspaces CASCADE'));

describe('who holds locks on a table', () => {
  const holders = () => describeLockHolders(stack.executeAsOwner, 'workspace_secrets');

  it('is nobody where nobody does, or where that cannot be read', async () => {
    expect(await holders()).toBe('');
    expect(await describeLockHolders(() => Promise.reject(new Error('away')), 'workspace_secrets')).toBe('');
  });

  it('is told in a sentence for each, those that write first, without the values of their statements', async () => {
    const words = await stack.inTransaction('SELECT FROM workspace_secrets', () =>
      stack.inTransaction(
        `UPDATE "workspace_secrets"\n SET encrypted_value = 'the secret', encryption_version = 0 WHERE false`,
        holders,
      ),
    );
    expect(words).toMatch(
      /^Session (\d+) \(idle in transaction\) has held it for \d+ s, with: UPDATE "workspace_secrets" SET encrypted_value = '…', encryption_version = 0 WHERE false\. To end it: SELECT pg_terminate_backend\(\1\); Session \d+ \(idle in transaction\) has held it for \d+ s, with: SELECT FROM workspace_secrets\. To end it: SELECT pg_terminate_backend\(\d+\);$/,
    );
  });

  it('is a prepared transaction, with the statements that end it', async () => {
    const id = `transfer ${stack.databaseName}`;
    await stack.sql(`BEGIN; LOCK TABLE workspace_secrets; PREPARE TRANSACTION '${id}'`);
    onTestFinished(async () => void (await stack.sql(`ROLLBACK PREPARED '${id}'`)));
    expect((await holders()).replaceAll(/\d+ s/g, '1 s')).toBe(
      `The prepared transaction '${id}' has held it for 1 s: COMMIT PREPARED or ROLLBACK PREPARED '${id}';`,
    );
  });

  it('has a statement of 120 characters at most', async () => {
    const words = await stack.inTransaction(
      `UPDATE workspace_secrets SET key = key WHERE ${'true AND '.repeat(30)} false`,
      holders,
    );
    const [, statement = ''] = /with: (.*)\. To end it/.exec(words) ?? [];
    expect(statement).toHaveLength(120);
  });
});

describe('leftovers', () => {
  const load = (workspaces: number) =>
    stack.sql(
      `INSERT INTO workspaces (id, name, runtime)
       SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'workspace ' || n, CASE WHEN n > 1 THEN 'hermes' END FROM generate_series(1, $1) AS n`,
      [workspaces],
    );
  const store = (key: string, version: number) =>
    stack.sql(
      `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
       SELECT id, $1, 'x', $2 FROM workspaces`,
      [key, version],
    );
  const read = async (): Promise<Leftover[]> => {
    const found: Leftover[] = [];
    for await (const each of readLeftovers(stack.executeAsOwner)) {
      found.push(each);
    }
    return found;
  };

  it('are rows under the legacy key and picks in plain text, and nothing else', async () => {
    await load(2);
    await store('MODEL_PROVIDER', 1);
    await store('OTHER', 0);
    await store('MODEL', 1);
    const ids = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];
    expect(await read()).toEqual([
      { workspaceId: ids[0], key: 'MODEL_PROVIDER', name: 'workspace 1', runtime: null },
      { workspaceId: ids[1], key: 'MODEL_PROVIDER', name: 'workspace 2', runtime: 'hermes' },
    ]);

    await stack.sql(`UPDATE workspace_secrets SET encryption_version = 0 WHERE key = 'MODEL'`);
    expect((await read()).map(({ key }) => key)).toEqual([
      'MODEL',
      'MODEL_PROVIDER',
      'MODEL',
      'MODEL_PROVIDER',
    ]);
  });

  it.each([0, 999, 1_000, 1_001, 2_000])('are all found, once each and in order, of %i', async (count) => {
    await load(count);
    await store('MODEL', 0);
    const ids = (await read()).map(({ workspaceId }) => workspaceId);
    expect(ids).toHaveLength(count);
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  it('are found where a page ends between two rows of one workspace', async () => {
    await load(1_001);
    await store('MODEL_PROVIDER', 0);
    await stack.sql(`
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
      SELECT id, 'MODEL', 'x', 0 FROM workspaces WHERE id = '00000000-0000-0000-0000-000000000001'`);
    expect(await read()).toHaveLength(1_002);
  });

  it.each<[string, string, string]>([
    [
      'keys of a fixed length',
      'workspace_secrets ALTER COLUMN key TYPE char(20)',
      'workspace_secrets ALTER COLUMN key TYPE text',
    ],
    [
      'keys of an enum',
      'workspace_secrets ALTER COLUMN key TYPE secret_key USING CAST(key AS secret_key)',
      'workspace_secrets ALTER COLUMN key TYPE text',
    ],
    [
      'names in JSON',
      'workspaces ALTER COLUMN name TYPE jsonb USING to_jsonb(name)',
      'workspaces ALTER COLUMN name TYPE text',
    ],
  ])('are found among %s', async (_, change, back) => {
    await load(1_001);
    await store('MODEL', 0);
    await stack.sql(`CREATE TYPE secret_key AS ENUM ('MODEL_PROVIDER', 'MODEL'); ALTER TABLE ${change}`);
    onTestFinished(async () => {
      await stack.sql(`ALTER TABLE ${back}; DROP TYPE secret_key`);
    });

    const found = await read();

    expect(new Set(found.map(({ workspaceId }) => workspaceId))).toHaveLength(1_001);
    expect(found).toHaveLength(1_001);
    expect(found[0]).toMatchObject({ key: 'MODEL', name: expect.stringContaining('workspace 1') });
  });

  it('are found of a workspace without a name', async () => {
    await stack.sql(
      'ALTER TABLE workspaces ALTER COLUMN name DROP NOT NULL; INSERT INTO workspaces (runtime) VALUES (NULL)',
    );
    onTestFinished(async () => {
      await stack.sql('TRUNCATE workspaces CASCADE; ALTER TABLE workspaces ALTER COLUMN name SET NOT NULL');
    });
    await store('MODEL', 0);

    expect(await read()).toMatchObject([{ name: '', runtime: null }]);
  });
});

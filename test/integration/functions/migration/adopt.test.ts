// Databases that are joined although they are not quite the platform's: refused, naming what they lack.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { RENAMED } from '../../../helpers/engine.ts';
import { dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

beforeEach(async () => {
  await stack.resetDatabase();
  await loadFleet(stack, 10);
});

const join = () =>
  stack.invoke('migrate', {
    RequestType: 'Create',
    RequestId: randomUUID(),
    ResourceProperties: { TargetVersion: RENAMED, ExistingDatabase: 'true' },
  });

const DROP_UNIQUE = 'ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_key_key';

it.each([
  ['without workspace_secrets', 'DROP TABLE workspace_secrets', 'workspace_secrets.id'],
  ['without an id of secrets', 'ALTER TABLE workspace_secrets DROP COLUMN id', 'workspace_secrets.id'],
  [
    'without encryption_version',
    'ALTER TABLE workspace_secrets DROP COLUMN encryption_version',
    'workspace_secrets.encryption_version',
  ],
  [
    'without updated_at',
    'ALTER TABLE workspace_secrets DROP COLUMN updated_at',
    'workspace_secrets.updated_at',
  ],
  [
    'without a name and a runtime of workspaces',
    'ALTER TABLE workspaces DROP COLUMN name, DROP COLUMN runtime',
    "lacks workspaces.name, workspaces.runtime. Is it the platform's database? Check databaseName (or --database), or give the table what it lacks.",
  ],
  ['without the unique constraint', DROP_UNIQUE, 'unique (workspace_id, key)'],
  [
    'with a unique index on some rows alone',
    `${DROP_UNIQUE}; CREATE UNIQUE INDEX ON workspace_secrets (workspace_id, key) WHERE key <> 'MODEL'`,
    'unique (workspace_id, key)',
  ],
  [
    'with a unique index on a column more',
    `${DROP_UNIQUE}; CREATE UNIQUE INDEX ON workspace_secrets (workspace_id, key, encryption_version)`,
    'unique (workspace_id, key)',
  ],
  [
    'with an index that is not unique',
    `${DROP_UNIQUE}; CREATE INDEX ON workspace_secrets (workspace_id, key)`,
    'unique (workspace_id, key)',
  ],
])('refuses to join a database %s', async (_, alteration, lacking) => {
  await stack.sql(alteration);

  expect(expectFailure(await join(), 'DatabaseSetupError')).toContain(lacking);

  expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
    { ledger: null },
  ]);
});

it('joins a database whose unique index is no constraint', async () => {
  await stack.sql(`${DROP_UNIQUE}; CREATE UNIQUE INDEX ON workspace_secrets (workspace_id, key)`);

  expectSuccess(await join());

  expect(await dumpTables(stack)).not.toEqual([]);
});

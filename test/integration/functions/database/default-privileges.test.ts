// What the service makes, where the platform's default privileges grant others rights on every new table.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grantApiUser } from '../../../../functions/database/api-user-sql.ts';
import { API_GRANTS } from '../../../../functions/database/grants.ts';
import { run } from '../../../../functions/migration/run.ts';
import { scramVerifier } from '../../../../functions/secrets/scram.ts';
import { NEWEST, runOptions } from '../../../helpers/engine.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

/** Roles belong to the server, which all tests share. */
const SUFFIX = randomBytes(8).toString('hex');
const app = `app_${SUFFIX}`;
const reader = `reader_${SUFFIX}`;
const api = `api_${SUFFIX}`;

const OWN_TABLES = [...new Set(API_GRANTS.map(({ table }) => table))].filter(
  (table) => table !== 'workspaces',
);

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await stack.sql(`CREATE ROLE ${app}; CREATE ROLE ${reader}`);
  await stack.sql(`ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${app}`);
  await stack.sql(`ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO ${app}`);
  await stack.sql(`ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO ${app}`);
  await stack.sql(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC, ${reader}`);
  await stack.sql(`GRANT SELECT ON workspace_secrets TO ${reader}`);
});
afterAll(async () => {
  await stack.sql(`DROP OWNED BY ${app}, ${reader}, ${api}; DROP ROLE ${app}, ${reader}, ${api}`);
  await stack.close();
});

/** Tables of the service on which a role has any of these rights. */
const reachedBy = async (role: string, rights: string): Promise<unknown[]> => {
  const rows = await stack.sql(
    `SELECT relname FROM pg_class WHERE relname LIKE 'workspace_model_%' AND relkind IN ('r', 'v')
       AND has_table_privilege($1, oid, $2) ORDER BY relname`,
    [role, rights],
  );
  return rows.map(({ relname }) => relname);
};

const WRITE = 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER';

it('lets nobody do more with what the service makes than with workspace_secrets', async () => {
  await run(runOptions(stack), NEWEST);

  expect(await reachedBy(app, WRITE)).toEqual([]);
  expect(await reachedBy(reader, 'SELECT')).toEqual(expect.arrayContaining(OWN_TABLES));
  expect(await reachedBy(reader, WRITE)).toEqual([]);
  const [others] = await stack.sql(
    `SELECT has_sequence_privilege($1, pg_get_serial_sequence('workspace_model_history', 'id'), 'USAGE, SELECT, UPDATE') AS sequence,
            has_function_privilege($1, 'workspace_model_history_keep_50()', 'EXECUTE') AS function`,
    [app],
  );
  expect(others).toEqual({ sequence: false, function: false });
});

const expectApiToRead = async () =>
  expect(await reachedBy(api, 'SELECT')).toEqual(
    expect.arrayContaining(['workspace_model_picks', 'workspace_model_history']),
  );

it('gives the API user its rights before PUBLIC loses them', async () => {
  await run(runOptions(stack), NEWEST);
  expect(await reachedBy('public', 'SELECT')).toEqual(expect.arrayContaining(OWN_TABLES));

  await grantApiUser(stack.executeAsOwner, api, scramVerifier('password'));

  for (const role of ['public', app]) {
    expect(await reachedBy(role, `SELECT, ${WRITE}`), role).toEqual([]);
  }
  await expectApiToRead();
  await run(runOptions(stack), NEWEST);
  await expectApiToRead();
});

it('takes such rights away also where release 1.0 has left them', async () => {
  await run(runOptions(stack), NEWEST);
  await stack.sql(`GRANT SELECT ON workspace_model_picks, workspace_model_history TO ${app}`);

  await run(runOptions(stack), NEWEST);

  expect(await reachedBy(app, 'SELECT')).toEqual([]);
});

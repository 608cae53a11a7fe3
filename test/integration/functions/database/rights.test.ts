// What the database itself lets the API's user do, tried statement by statement: even code that was broken into could
// do no more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { clearModel, findModel, saveModel } from '../../../../functions/database/workspace-model.ts';
import { type ApiUser, deployApiUser } from '../../../helpers/api-user.ts';
import { type Service, startService } from '../../../helpers/service.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

let service: Service;
let apiUser: ApiUser;
let id: string;

beforeAll(async () => {
  service = await startService();
  id = await service.addPick('opus');
  await service.storePick(id, 'sk-secret', { key: 'ANTHROPIC_API_KEY' });
  apiUser = await deployApiUser(service);
});

afterAll(async () => {
  await apiUser.drop();
  await service.close();
});

describe('the statements of the functions', () => {
  it('lets the API user read, save anew, change and clear a pick', async () => {
    const workspace = await service.addWorkspace();
    const database = databaseFor(apiUser.execute);
    const write = { workspaceId: workspace, actor: 'test', condition: 'always' } as const;
    const save = (text: string) => ({
      ...write,
      encryptedValue: Buffer.from(text),
      refusing: { allBut: false, names: [] },
    });
    expect((await findModel(database, workspace)).stored).toBeUndefined();
    await saveModel(database, save('first'));
    await saveModel(database, save('second'));
    expect((await findModel(database, workspace)).stored).toMatchObject({ encryptionVersion: 1 });
    expect(await service.rowsOf(workspace)).toMatchObject([{ encrypted_value: Buffer.from('second') }]);
    await clearModel(database, write);
    expect(await service.rowsOf(workspace)).toEqual([]);
  });
});

it('ends what the API user waits for before its client gives up', async () => {
  expect(await apiUser.attempt('SHOW lock_timeout')).toEqual([{ lock_timeout: '1500ms' }]);
  expect(await apiUser.attempt('SHOW statement_timeout')).toEqual([{ statement_timeout: '2s' }]);
});

describe('every other statement', () => {
  const tries: Record<string, string> = {
    'read the status of a workspace': 'SELECT status FROM workspaces',
    'read the configuration of a workspace': 'SELECT config FROM workspaces',
    'read whole workspaces': 'SELECT * FROM workspaces',
    'make a workspace': `INSERT INTO workspaces (name) VALUES ('x')`,
    'rename a workspace': `UPDATE workspaces SET name = 'x'`,
    'give a workspace another id': 'UPDATE workspaces SET id = gen_random_uuid()',
    'remove a workspace': 'DELETE FROM workspaces',
    'lock a workspace': 'SELECT id FROM workspaces FOR UPDATE',
    'read whole secrets': 'SELECT * FROM workspace_secrets',
    'read the id of a secret': 'SELECT id FROM workspace_secrets',
    'read when a secret was made': 'SELECT created_at FROM workspace_secrets',
    'choose the id of a secret': `INSERT INTO workspace_secrets (id, key, encrypted_value) VALUES (gen_random_uuid(), 'MODEL', 'x')`,
    'date a secret back': `INSERT INTO workspace_secrets (key, encrypted_value, created_at) VALUES ('MODEL', 'x', now())`,
    'give a secret another key': `UPDATE workspace_secrets SET key = 'OTHER'`,
    'give a secret to another workspace': `UPDATE workspace_secrets SET workspace_id = NULL`,
    'empty the secrets': 'TRUNCATE workspace_secrets',
    "read the platform's own migrations": 'SELECT * FROM schema_migrations',
    'read the ledger': 'SELECT * FROM workspace_model_migrations',
    'take the lease': 'DELETE FROM workspace_model_migration_lease',
    'rewrite the history': `UPDATE workspace_model_history SET actor = 'x'`,
    'remove from the history': 'DELETE FROM workspace_model_history',
    'date the history back': `INSERT INTO workspace_model_history (workspace_id, action, actor, at) VALUES (gen_random_uuid(), 'cleared', 'x', now())`,
    'read the journal': 'SELECT * FROM workspace_model_rename_journal',
    'make a table': 'CREATE TABLE mine (id int)',
    'drop a table': 'DROP TABLE workspace_secrets',
    'alter a table': 'ALTER TABLE workspace_secrets ADD COLUMN mine int',
    'put an index on a table': 'CREATE INDEX ON workspace_secrets (key)',
    'put a trigger on a table':
      'CREATE TRIGGER mine BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'make a function': 'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'make a schema': 'CREATE SCHEMA mine',
    'make a role': 'CREATE ROLE mine',
    'become the owner': 'SET ROLE postgres',
    'run a program': `COPY (SELECT 1) TO PROGRAM 'true'`,
    'read a file of the server': `SELECT pg_read_file('PG_VERSION')`,
    'end the sessions of others': `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'`,
    'change a setting of the server': `ALTER SYSTEM SET log_statement = 'all'`,
  };

  it.each(Object.entries(tries))('refuses the API user to %s', async (_, statement) => {
    expect(await apiUser.attempt(statement)).toBe(INSUFFICIENT_PRIVILEGE);
  });

  it('lets the API user hand none of its rights on, which PostgreSQL only warns of', async () => {
    await apiUser.attempt('GRANT SELECT (encrypted_value) ON workspace_secrets TO PUBLIC');
    const handedOn = `
      SELECT attname FROM pg_attribute, aclexplode(attacl) AS granted
      WHERE attrelid = 'workspace_secrets'::regclass AND granted.grantee = 0`;
    expect(await service.sql(handedOn)).toEqual([]);
  });

  it('has left the secrets as they were', async () => {
    expect(await service.rowsOf(id)).toMatchObject([{ key: 'ANTHROPIC_API_KEY' }, { key: 'MODEL' }]);
  });
});

// What the database itself lets the API's user do, tried statement by statement: even code that was broken into could
// do no more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../../functions/database/attempts.ts';
import { clearModel, findModel, saveModel } from '../../../../functions/database/workspace-model.ts';
import { type ApiUser, deployApiUser } from '../../../helpers/api-user.ts';
import { type Service, startService } from '../../../helpers/service.ts';
import { unhurried } from '../../../helpers/unhurried.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
/** A condition that ends the statement at a row of another key, with a message which quotes the value. */
const FAILS_ON_SECRET = `CASE WHEN s.key <> 'MODEL' THEN CAST('x' || encode(s.encrypted_value, 'hex') AS int) > 0 END`;

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
    const database = databaseFor(apiUser.execute, unhurried);
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
    'count the secrets': 'SELECT count(*) FROM workspace_secrets',
    'read a secret': `SELECT encrypted_value FROM workspace_secrets WHERE key = 'ANTHROPIC_API_KEY'`,
    'read a pick in the table': `SELECT encrypted_value FROM workspace_secrets WHERE key = 'MODEL'`,
    'read whether there is a secret': `SELECT FROM workspace_secrets WHERE workspace_id = gen_random_uuid()`,
    'add a secret': `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES (gen_random_uuid(), 'X', 'x')`,
    'change a secret': `UPDATE workspace_secrets SET encrypted_value = 'x'`,
    'give a secret another key': `UPDATE workspace_secrets SET key = 'OTHER'`,
    'remove a secret': `DELETE FROM workspace_secrets WHERE key = 'ANTHROPIC_API_KEY'`,
    'empty the secrets': 'TRUNCATE workspace_secrets',
    'copy the secrets': 'COPY workspace_secrets TO STDOUT',
    'add a secret through the view': `INSERT INTO workspace_model_picks (key, encrypted_value) VALUES ('ANTHROPIC_API_KEY', 'x')`,
    'look at a secret by a conflict with it': `
      INSERT INTO workspace_model_picks AS s (workspace_id, key, encrypted_value)
      SELECT id, 'ANTHROPIC_API_KEY', 'x' FROM workspaces
      ON CONFLICT (workspace_id, key) DO UPDATE SET updated_at = now() WHERE ${FAILS_ON_SECRET}`,
    'make a pick a secret': `UPDATE workspace_model_picks SET key = 'ANTHROPIC_API_KEY'`,
    'give a pick to another workspace': 'UPDATE workspace_model_picks SET workspace_id = NULL',
    'date a new pick': `INSERT INTO workspace_model_picks (encrypted_value, updated_at) VALUES ('x', now())`,
    'move the view':
      'CREATE OR REPLACE VIEW workspace_model_picks_table AS SELECT CAST(1 AS oid) AS stands_on',
    'drop the view': 'DROP VIEW workspace_model_picks',
    'lift the barrier of the view': 'ALTER VIEW workspace_model_picks SET (security_barrier = false)',
    "change the view's key": `ALTER VIEW workspace_model_picks ALTER COLUMN key SET DEFAULT 'OTHER'`,
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

  it.each([
    ['id', '42703'],
    ['created_at', '42703'],
  ])('shows the API user no %s of a pick', async (column, sqlState) => {
    expect(await apiUser.attempt(`SELECT ${column} FROM workspace_model_picks`)).toBe(sqlState);
  });

  it('shows the API user picks alone, and fails on the value of nothing else', async () => {
    const picks = [{ key: 'MODEL' }];
    expect(await apiUser.attempt('SELECT DISTINCT key FROM workspace_model_picks')).toEqual(picks);
    for (const statement of [
      `SELECT key FROM workspace_model_picks s WHERE ${FAILS_ON_SECRET}`,
      `UPDATE workspace_model_picks s SET updated_at = now() WHERE ${FAILS_ON_SECRET} RETURNING key`,
      `DELETE FROM workspace_model_picks s WHERE ${FAILS_ON_SECRET} RETURNING key`,
    ]) {
      expect(await apiUser.attempt(statement), statement).toEqual([]);
    }
  });

  it.each([
    'PERFORM FROM workspace_model_picks s WHERE pg_temp.is_pick(s.key)',
    'UPDATE workspace_model_picks s SET updated_at = now() WHERE pg_temp.is_pick(s.key)',
    'DELETE FROM workspace_model_picks s WHERE NOT pg_temp.is_pick(s.key)',
  ])(
    "asks a function of the API user's own, however cheap it says to be, about no other row: %s",
    async (statement) => {
      const asking = `
      DO $$
      BEGIN
        CREATE OR REPLACE FUNCTION pg_temp.is_pick(key text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $f$
        BEGIN
          IF key <> 'MODEL' THEN RAISE EXCEPTION 'saw %', key; END IF;
          RETURN true;
        END $f$;
        ${statement};
      END $$`;
      expect(await apiUser.attempt(asking)).toEqual([]);
    },
  );

  it('lets the API user put no function of the owner on a table of its own', async () => {
    const stealing = `
      DO $$
      BEGIN
        CREATE TEMP TABLE loot (key text);
        CREATE TEMP TABLE bait (workspace_id uuid, id bigint);
        GRANT ALL ON loot, bait TO PUBLIC;
        CREATE FUNCTION pg_temp.steal() RETURNS trigger LANGUAGE plpgsql AS $f$
        BEGIN INSERT INTO pg_temp.loot SELECT key FROM public.workspace_secrets; RETURN OLD; END $f$;
        CREATE TRIGGER a BEFORE DELETE ON bait FOR EACH ROW EXECUTE FUNCTION pg_temp.steal();
        CREATE TRIGGER b AFTER INSERT ON bait FOR EACH ROW EXECUTE FUNCTION workspace_model_history_keep_50();
        INSERT INTO bait SELECT '00000000-0000-0000-0000-000000000000', n FROM generate_series(1, 51) AS n;
      END $$`;
    expect(await apiUser.attempt(stealing)).toBe(INSUFFICIENT_PRIVILEGE);
  });

  it("removes nothing but picks for the API user, nor adds a row of another key for the view's owner", async () => {
    expect(await apiUser.attempt(`DELETE FROM workspace_model_picks WHERE key <> 'MODEL'`)).toEqual([]);
    const adding = `INSERT INTO workspace_model_picks (workspace_id, key, encrypted_value) VALUES ('${id}', 'OTHER', 'x')`;
    await expect(service.sql(adding)).rejects.toMatchObject({ code: '44000' });
  });

  it('lets the API user hand none of its rights on, which PostgreSQL only warns of', async () => {
    await apiUser.attempt('GRANT SELECT ON workspace_model_picks TO PUBLIC');
    const handedOn = `
      SELECT relname FROM pg_class, aclexplode(relacl) AS granted
      WHERE oid = 'workspace_model_picks'::regclass AND granted.grantee = 0`;
    expect(await service.sql(handedOn)).toEqual([]);
  });

  it('has left the secrets as they were', async () => {
    expect(await service.rowsOf(id)).toMatchObject([{ key: 'ANTHROPIC_API_KEY' }, { key: 'MODEL' }]);
  });
});

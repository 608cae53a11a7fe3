// Databases as platforms really have them. A deploy is either refused with everything as before, or everything works.
import { createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tryDeploy } from '../../../../commands/migrate/try-deploy.ts';
import { createLedger } from '../../../../functions/database/ledger.ts';
import { readLeftovers } from '../../../../functions/database/leftovers.ts';
import { reencrypt } from '../../../../functions/database/reencrypt.ts';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { undoAbove } from '../../../../functions/migration/run.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { PLATFORM_TABLES } from '../../../../local/fleet/platform-tables.ts';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { isDataApi } from '../../../helpers/disturbances.ts';
import { expectDocumented } from '../../../helpers/documented-refusals.ts';
import {
  BASELINE,
  down,
  NEWEST,
  RENAME_STEP,
  runOptions,
  stopBeforeStep,
  up,
} from '../../../helpers/engine.ts';
import {
  dumpDatabase,
  dumpRows,
  expectServed,
  fleetSql,
  type Platform,
  startPlatforms,
  workspaceId,
} from '../../../helpers/platform.ts';
import type { Service } from '../../../helpers/service.ts';

const OWN = ['workspaces', 'workspace_secrets'];

let platforms: Awaited<ReturnType<typeof startPlatforms>>;

beforeAll(async () => {
  platforms = await startPlatforms();
});

afterAll(() => platforms.close());

const keys = async ({ service }: Platform, table = 'workspace_secrets') =>
  Object.fromEntries(
    (
      await service.sql<{ key: string; rows: number }>(
        `SELECT key, count(*)::int AS rows FROM ${table} GROUP BY key`,
      )
    ).map(({ key, rows }) => [key, rows]),
  );

/** An empty legacy row on the first page of the table, where the trial has none: every made row is on the last one. */
const OLD_ROW = `${fleetSql(1_500)} INSERT INTO workspaces (id, name) VALUES ('${workspaceId(0)}', 'old');
  INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES ('${workspaceId(0)}', 'MODEL_PROVIDER', '');`;
const withOldRow = (more: string, statements: string): string =>
  `${OLD_ROW} ${more}; CLUSTER workspace_secrets USING workspace_secrets_workspace_id_key_key; ${statements}`;
const besideOldRow = (key: string): string =>
  `INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES ('${workspaceId(0)}', '${key}', 'x')`;
const NOT_EMPTY =
  'ALTER TABLE workspace_secrets ADD CONSTRAINT not_empty CHECK (length(encrypted_value) > 0) NOT VALID;';
const GLOBAL_ROWS = `INSERT INTO workspace_secrets (key, encrypted_value) VALUES ('MODEL_PROVIDER', 'x'), ('MODEL', 'y'); ${fleetSql(1_500)}`;
/** Of everything that the service has made. */
const OWNERS = `SELECT DISTINCT pg_get_userbyid(owner) AS owner FROM (
    SELECT relowner AS owner FROM pg_class WHERE relname LIKE 'workspace\\_model\\_%'
    UNION ALL SELECT proowner FROM pg_proc WHERE proname LIKE 'workspace\\_model\\_%'
  ) AS made`;
const ANY_CASE = `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  ALTER TABLE workspace_secrets ALTER COLUMN key TYPE text COLLATE any_case;`;
const RENAME_CONSTRAINT = '"key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead"';
const LEGACY = { MODEL_PROVIDER: 9, OTHER: 9, MODEL: 3 };
const RENAMED = { MODEL: 9, OTHER: 9 };

const TOUCH = `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
  CREATE TRIGGER touch BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION touch();`;

/** What stands in plain text, with a new key. */
const encryptAnew = async ({ service }: Platform): Promise<void> => {
  const encrypting = { current: createSecretKey(randomBytes(32)), previous: undefined };
  let changed = 0;
  for await (const batch of reencrypt(service.executeAsOwner, { keys: encrypting, dryRun: false })) {
    changed += batch.changed;
  }
  expect(changed).toBeGreaterThan(0);
};

const stoppedBeforeRename = (service: Service): Promise<void> => stopBeforeStep(service, up, RENAME_STEP);

/** Renamed, served, and given back as it was. */
const expectAccepted = async (platform: Platform, tables = OWN): Promise<void> => {
  const { service } = platform;
  const before = await dumpRows(service, tables);
  await platform.deploy();
  await platform.undo();
  expect(await dumpRows(service, tables)).toEqual(before);
  await platform.deploy();
  for (const number of [1, 3]) {
    await expectServed(service, workspaceId(number));
  }
};

describe('a platform whose search_path', () => {
  it('names another schema first: its rows are renamed where they are, and no table of its hides them', async () => {
    const platform = await platforms.open(`${fleetSql(9)} CREATE SCHEMA app;`);
    await platforms.service.sql(
      `ALTER DATABASE "${platforms.service.databaseName}" SET search_path = app, public`,
    );
    await platform.service.sql(`ALTER ROLE ${platform.owner} SET search_path = app, public`);

    await expectAccepted(platform);

    expect(await keys(platform, 'public.workspace_secrets')).toMatchObject({ OTHER: 9 });
    expect(await platform.service.sql(`SELECT to_regclass('app.workspaces') AS hiding`)).toEqual([
      { hiding: null },
    ]);
  });

  it('begins with a schema named like the owner', async () => {
    await expectAccepted(await platforms.open(`${fleetSql(9)} CREATE SCHEMA "OWNER";`));
  });

  it('does not lead to its tables is refused, with the setting to run', async () => {
    const platform = await platforms.open(
      `${fleetSql(9)} CREATE SCHEMA elsewhere; ALTER TABLE workspaces SET SCHEMA elsewhere; ALTER TABLE workspace_secrets SET SCHEMA elsewhere;`,
    );

    const message = await platform.refuse();

    expect(message).toMatch(/elsewhere\.workspaces is not on the search_path of owner_\w+/);
    const [, statement = ''] = /Run: (ALTER ROLE [^;]+;)/.exec(message) ?? [];
    await platform.service.sql(statement);
    await platform.endSessions();
    await expectAccepted(platform, ['elsewhere.workspaces', 'elsewhere.workspace_secrets']);
  });

  it('finds two tables of one name is refused, naming both', async () => {
    const platform = await platforms.open(
      `${fleetSql(9)} CREATE SCHEMA app; CREATE TABLE app.workspace_secrets (LIKE workspace_secrets);
       ALTER ROLE OWNER SET search_path = public, app;`,
    );

    expect(await platform.refuse()).toMatch(/two tables workspace_secrets: .*public\.workspace_secrets/);
  });
});

describe('a platform is refused with nothing changed where', () => {
  it.each<[string, string, RegExp]>([
    [
      'row-level security hides workspaces',
      'ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;',
      /Row-level security on public\.workspaces \(no policy/,
    ],
    [
      'row-level security hides some of the workspaces',
      `ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON workspaces USING (name <> 'w1');`,
      /Row-level security on public\.workspaces \(tenant\) hides rows .*FOR SELECT TO "api_\w+" USING \(true\);$/,
    ],
    [
      'row-level security restricts reads that another policy allows',
      `ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY; CREATE POLICY reading ON workspaces FOR SELECT USING (true);
       CREATE POLICY tenant ON workspaces AS RESTRICTIVE FOR SELECT USING (name <> 'w1');`,
      /Row-level security on public\.workspaces \(reading, tenant\) hides rows .*Keep no restrictive policy/,
    ],
    [
      'row-level security lets others read all workspaces',
      `ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY; CREATE POLICY reading ON workspaces FOR SELECT TO pg_monitor USING (true);`,
      /Row-level security on public\.workspaces \(reading\) hides rows/,
    ],
    [
      'row-level security is forced on the owner',
      'ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY; ALTER TABLE workspace_secrets FORCE ROW LEVEL SECURITY; CREATE POLICY tenant ON workspace_secrets USING (true);',
      /forced on public\.workspace_secrets .*NO FORCE ROW LEVEL SECURITY/,
    ],
    [
      'a further column is required',
      `ALTER TABLE workspace_secrets ADD COLUMN created_by text NOT NULL DEFAULT 'x'; ALTER TABLE workspace_secrets ALTER COLUMN created_by DROP DEFAULT;`,
      /The column created_by \(text\) of public\.workspace_secrets is required.*ALTER COLUMN "created_by" DROP NOT NULL/,
    ],
    [
      'the unique constraint is deferrable',
      'ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_key_key, ADD UNIQUE (workspace_id, key) DEFERRABLE INITIALLY DEFERRED;',
      /unique \(workspace_id, key\).*is deferrable.*CREATE UNIQUE INDEX CONCURRENTLY/,
    ],
    [
      'a check forbids the new name',
      `ALTER TABLE workspace_secrets ADD CONSTRAINT known CHECK (key IN ('MODEL_PROVIDER', 'OTHER')) NOT VALID;`,
      /check constraint known of workspace_secrets forbids it/,
    ],
    [
      'a publication has its secrets, whose rows nothing identifies',
      'ALTER TABLE workspace_secrets REPLICA IDENTITY NOTHING; CREATE PUBLICATION everything FOR TABLE workspace_secrets;',
      /does not have a replica identity and publishes deletes \(SQLSTATE 55000\)\..+ REPLICA IDENTITY FULL;$/,
    ],
    [
      'a trigger refuses new rows',
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION refuse();`,
      /in refuse\(\): not today/,
    ],
    [
      'a trigger suppresses changes',
      `CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER suppress BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION suppress();`,
      /to rename fails: the rows are not as the rename leaves them; a trigger/,
    ],
    [
      'a trigger suppresses the removal of rows',
      `CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER suppress BEFORE DELETE ON workspace_secrets FOR EACH ROW WHEN (OLD.key = 'MODEL') EXECUTE FUNCTION suppress();`,
      /to (clear|read|take|save|find).* fails|nothing is written|the rows/,
    ],
    [
      'ids are of type text',
      `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_fkey;
       ALTER TABLE workspaces ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text; ALTER TABLE workspace_secrets ALTER COLUMN workspace_id TYPE text;`,
      /workspaces\.id is of type text; the service needs uuid\..*workspace_secrets\.workspace_id is of type text/,
    ],
    [
      'values are of type text',
      `ALTER TABLE workspace_secrets ALTER COLUMN encrypted_value TYPE text USING encode(encrypted_value, 'hex');`,
      /workspace_secrets\.encrypted_value is of type text; the service needs bytea/,
    ],
    [
      'a trigger gives a new workspace a row of the old name',
      `CREATE FUNCTION give() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES (NEW.id, 'MODEL_PROVIDER', 'x'); RETURN NEW; END $$;
       CREATE TRIGGER give AFTER INSERT ON workspaces FOR EACH ROW EXECUTE FUNCTION give();`,
      /^Nothing was changed\. Tried and taken back: to make a workspace after the rename fails in give\(\): .*SQLSTATE 23514\)\./,
    ],
    [
      'a row that would go has a child',
      `CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
       INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER';`,
      /Rows of grants refer by the foreign key grants_secret_id_fkey \(ON DELETE CASCADE\)/,
    ],
    [
      'a row of another table holds on to a pick',
      `CREATE TABLE audits (secret_id uuid REFERENCES workspace_secrets (id));
       INSERT INTO audits SELECT id FROM workspace_secrets WHERE key = 'MODEL';`,
      /Rows of audits hold on to picks by the foreign key audits_secret_id_fkey \(ON DELETE NO ACTION\).*ON DELETE CASCADE/,
    ],
    [
      'a check allows no pick that is encrypted',
      'ALTER TABLE workspace_secrets ADD CONSTRAINT short CHECK (octet_length(encrypted_value) < 100) NOT VALID;',
      /check constraint short of workspace_secrets forbids it/,
    ],
    [
      'a trigger refuses changes when they are committed',
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
       CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON workspace_secrets DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION refuse();`,
      /in refuse\(\): not today/,
    ],
    [
      'a foreign key holds on to the old name',
      `CREATE TABLE grants (workspace_id uuid, key text, FOREIGN KEY (workspace_id, key) REFERENCES workspace_secrets (workspace_id, key));
       INSERT INTO grants SELECT workspace_id, key FROM workspace_secrets WHERE key = 'MODEL_PROVIDER' LIMIT 1;`,
      /\(ON UPDATE NO ACTION\) to the key MODEL_PROVIDER.*ON UPDATE CASCADE/,
    ],
    [
      'secrets have child tables',
      'CREATE TABLE old_secrets () INHERITS (workspace_secrets);',
      /workspace_secrets has child tables/,
    ],
    [
      'ids are numbers that somebody has to give',
      `ALTER TABLE workspace_secrets DROP COLUMN id; ALTER TABLE workspace_secrets ADD COLUMN id bigserial PRIMARY KEY; ALTER TABLE workspace_secrets ALTER COLUMN id DROP DEFAULT;`,
      /The column id \(bigint\) of public\.workspace_secrets is required/,
    ],
    [
      'secrets have no key',
      'ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_pkey;',
      /workspace_secrets\.id is no key/,
    ],
    [
      'workspaces have no key',
      'ALTER TABLE workspaces DROP CONSTRAINT workspaces_pkey CASCADE;',
      /public\.workspaces\.id is no key.*CREATE UNIQUE INDEX CONCURRENTLY ON public\.workspaces \(id\)/,
    ],
    [
      'workspaces have child tables',
      `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_fkey; CREATE TABLE teams () INHERITS (workspaces);`,
      /public\.workspaces has child tables, to whose rows the history cannot refer/,
    ],
    [
      'workspaces are a view',
      `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_fkey; ALTER TABLE workspaces RENAME TO projects;
       CREATE VIEW workspaces AS SELECT * FROM projects;`,
      /^Nothing was changed\. public\.workspaces is a view, to whose rows the history cannot refer\.$/,
    ],
    [
      'a view of its own has a name that the service needs',
      'CREATE VIEW workspace_model_picks AS SELECT id FROM workspaces;',
      /relation workspace_model_picks is not of this service \(SQLSTATE 42P07\)\..* Rename the table or view/,
    ],
    [
      'a table of its own has a name that the service needs',
      `CREATE TABLE workspace_model_history (model text); INSERT INTO workspace_model_history VALUES ('kept');`,
      /relation workspace_model_history is not of this service \(SQLSTATE 42P07\)\..* Rename the table or view/,
    ],
    [
      'a table of its own has the name of the one where the service notes its deployment',
      'CREATE TABLE workspace_model_deployment (model text);',
      /A table lacks a column\. .*Rename the table or view .*stack_id/,
    ],
    [
      'keys are of a domain that forbids the new name',
      `CREATE DOMAIN known AS text; ALTER TABLE workspace_secrets ALTER COLUMN key TYPE known;
       ALTER DOMAIN known ADD CONSTRAINT known_check CHECK (VALUE <> 'MODEL') NOT VALID;`,
      /The check constraint known_check of the domain known forbids it/,
    ],
    [
      'a trigger asks for a setting that the sessions of the service have not',
      `CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM current_setting('app.user_id'); RETURN NEW; END $$;
       CREATE TRIGGER ask BEFORE INSERT OR UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION ask();`,
      /in ask\(\): .*app\.user_id.*\(SQLSTATE 42704\)\. Where a setting is missing, give it a value: ALTER DATABASE/,
    ],
    [
      'the search_path begins with pg_catalog',
      'ALTER ROLE OWNER SET search_path = pg_catalog, public;',
      /^Nothing was changed\. The search_path of owner_\w+ begins with pg_catalog, .* SET search_path = public;$/,
    ],
    [
      'the server is older than PostgreSQL 14, which a function of the platform pretends here',
      `CREATE FUNCTION current_setting(name text) RETURNS text LANGUAGE sql AS
         $$ SELECT CASE name WHEN 'server_version_num' THEN '130011' ELSE pg_catalog.current_setting(name) END $$;
       ALTER ROLE OWNER SET search_path = public, pg_catalog;`,
      /^Nothing was changed\. The database is PostgreSQL 13, which is too old .*Upgrade the cluster to 14\.8 or higher\.$/,
    ],
    [
      'a transaction may not take as long as the trial',
      `ALTER ROLE OWNER SET transaction_timeout = '1ms';`,
      /transaction_timeout of the database user is too short\..*SQLSTATE 25P04/,
    ],
    [
      'the owner reads only',
      'ALTER ROLE OWNER SET default_transaction_read_only = on;',
      /Transactions of owner_\w+ are read only.*SET default_transaction_read_only = off/,
    ],
  ])('%s', async (_, statements, message) => {
    const platform = await platforms.open(`${fleetSql(9)} ${statements}`);

    expect(await platform.refuse()).toMatch(message);

    expect(await keys(platform)).toEqual(LEGACY);
  });

  it.each<[string, string, RegExp]>([
    [
      'a check that is not valid, which the row breaks as it is',
      withOldRow('', NOT_EMPTY),
      /check constraint not_empty of public\.workspace_secrets refuses the MODEL_PROVIDER row of the workspace 0{8}-.*DROP CONSTRAINT not_empty;/,
    ],
    [
      'a check that the row breaks under its new name',
      withOldRow(
        '',
        `ALTER TABLE workspace_secrets ADD CHECK (key <> 'MODEL' OR length(encrypted_value) > 0);`,
      ),
      /check constraint workspace_secrets_check of .* row of the workspace 0{8}-/,
    ],
    [
      'a check that it breaks when it is given back',
      withOldRow(besideOldRow('MODEL'), NOT_EMPTY),
      /check constraint not_empty of .* row of the workspace 0{8}-/,
    ],
    [
      'a unique index on the key of rows without a workspace',
      `${GLOBAL_ROWS} CREATE UNIQUE INDEX one_global ON workspace_secrets (key) WHERE workspace_id IS NULL;`,
      /index one_global of public\.workspace_secrets refuses the MODEL_PROVIDER row of no workspace/,
    ],
    [
      'a unique constraint for which NULLs are the same',
      `${GLOBAL_ROWS} ALTER TABLE workspace_secrets ADD CONSTRAINT one_each UNIQUE NULLS NOT DISTINCT (workspace_id, key);`,
      /constraint or index one_each of public\.workspace_secrets refuses the MODEL_PROVIDER row of no workspace/,
    ],
    [
      'a unique index on an expression of the key',
      withOldRow(
        besideOldRow('model'),
        'CREATE UNIQUE INDEX one_case ON workspace_secrets (workspace_id, lower(key));',
      ),
      /index one_case of public\.workspace_secrets refuses the MODEL_PROVIDER row of the workspace 0{8}-/,
    ],
    [
      'a foreign key that is not valid, when it is given back',
      withOldRow(
        besideOldRow('MODEL'),
        `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_fkey; DELETE FROM workspaces WHERE name = 'old';
         ALTER TABLE workspace_secrets ADD CONSTRAINT known FOREIGN KEY (workspace_id) REFERENCES workspaces (id) NOT VALID;`,
      ),
      /foreign key known of public\.workspace_secrets refuses the MODEL_PROVIDER row of the workspace 0{8}-.*workspaces lacks/,
    ],
  ])('a row far from the made ones meets %s', async (_, statements, message) => {
    const platform = await platforms.open(statements);

    expect(await platform.refuse()).toMatch(message);
  });

  it('a trigger refuses a row that the trial does not have: what the rename did until then is taken back', async () => {
    const platform = await platforms.open(
      withOldRow(
        '',
        `CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN IF OLD.encrypted_value = '' THEN RAISE 'the workspace is archived'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER guard BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION guard();`,
      ),
    );
    const before = await dumpDatabase(platform.service, platform.apiUser);

    const message = expectFailure(await platform.send('Create'), 'MigrationFailedError');

    expect(message).toMatch(
      /step \d+: ERROR: the workspace is archived \(SQLSTATE P0001\)\. A trigger or constraint of the/,
    );
    expectDocumented(message);
    expect(await dumpDatabase(platform.service, platform.apiUser)).toEqual(before);
  });

  it('its owner may create no table, with the GRANT to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.service.sql(`REVOKE CREATE ON SCHEMA public FROM ${platform.owner}`);

    const message = await platform.refuse();

    const [, statement = ''] = /Run as its owner: (GRANT [^;]+;)/.exec(message) ?? [];
    expect(statement).toBe(`GRANT CREATE ON SCHEMA "public" TO "${platform.owner}";`);
    await platform.service.sql(statement);
    await expectAccepted(platform);
  });

  it('a trigger looks at the secrets with rights that an earlier release has granted, with the statement to run', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM count(*) FROM workspace_secrets WHERE workspace_id = NEW.workspace_id; RETURN NEW; END $$;
      CREATE TRIGGER look AFTER INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION look();`);
    const { apiUser, owner, asSuperuser, service } = platform;
    await createLedger(service.executeAsOwner);
    await asSuperuser(`CREATE ROLE ${apiUser} LOGIN NOINHERIT; GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION;
      GRANT SELECT, INSERT, UPDATE, DELETE ON workspace_secrets TO ${apiUser};
      GRANT SELECT (version, state) ON workspace_model_migrations TO ${apiUser};`);

    const message = await platform.refuse();

    const [, statement = ''] =
      /in look\(\): permission denied .*Run: (ALTER FUNCTION [^;]+;)/.exec(message) ?? [];
    await asSuperuser(statement);
    await expectAccepted(platform);
  });

  it('what the service has made belongs to somebody else, with the statements to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { apiUser, owner, service } = platform;
    const clone = await platform.makeClone();
    await service.sql(`CREATE ROLE ${apiUser} LOGIN; GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION`);
    await platform.deploy();
    await service.sql(`ALTER TABLE workspace_model_migrations OWNER TO ${clone}; ALTER VIEW workspace_model_picks OWNER TO ${clone};
      ALTER FUNCTION workspace_model_history_keep_50() OWNER TO ${clone}`);

    const message = await platform.refuse();

    expect(message).toContain(`What the service has made belongs to ${clone}, whose rights`);
    const [, statements = ''] = /master user: (ALTER .*;)/.exec(message) ?? [];
    platform.putOwner(clone);
    await service.sql(statements);
    platform.putOwner(owner);
    await platform.undo();
  });

  it.each<[string, (group: string, owner: string) => string, RegExp]>([
    [
      'of whose owner it is no member',
      () => '',
      /belongs to group_\w+\. Use the secret of that user, or run: GRANT/,
    ],
    [
      'of whose owner it is a member without the rights',
      (group, owner) => `GRANT ${group} TO ${owner} WITH INHERIT FALSE`,
      /without its rights \(NOINHERIT\).*GRANT "group_\w+" TO "owner_\w+" WITH INHERIT TRUE;/,
    ],
  ])('its user has tables %s, with the statement to run', async (_, membership, wanted) => {
    const platform = await platforms.open(fleetSql(9));
    const { owner, service } = platform;
    const group = `group_${owner}`;
    await service.sql(`CREATE ROLE ${group}; GRANT ALL ON SCHEMA public TO ${group}; ALTER TABLE workspaces OWNER TO ${group};
      ALTER TABLE workspace_secrets OWNER TO ${group}; ${membership(group, owner)}`);

    const message = await platform.refuse();

    expect(message).toMatch(wanted);
    const [statement = ''] = /GRANT [^;]+;/.exec(message) ?? [];
    await service.sql(statement);
    await expectAccepted(platform);
  });

  it('a key is written in another case, where that is the same key, with the statement to run', async () => {
    const platform = await platforms.open(`${fleetSql(9)} ${ANY_CASE}
      UPDATE workspace_secrets SET key = 'model_provider' WHERE key = 'MODEL_PROVIDER' AND workspace_id = '${workspaceId(1)}';`);

    const message = await platform.refuse();

    expect(message).toContain(
      `By any_case, the column key of public.workspace_secrets takes a key of the workspace ${workspaceId(1)}`,
    );
    await platform.asOwner(/UPDATE [^;]+;/.exec(message)?.[0] ?? '');
    await expectAccepted(platform);
  });

  it('a row is marked as deleted, with the statement to run', async () => {
    const platform =
      await platforms.open(`${fleetSql(9)} ALTER TABLE workspace_secrets ADD COLUMN deleted_at timestamptz;
      UPDATE workspace_secrets SET deleted_at = now() WHERE workspace_id = '${workspaceId(3)}' AND key = 'MODEL';
      UPDATE workspace_secrets SET deleted_at = now() WHERE workspace_id = '${workspaceId(1)}' AND key = 'OTHER';`);

    const message = await platform.refuse();

    expect(message).toContain(
      `deleted_at of public.workspace_secrets marks a row of the workspace ${workspaceId(3)} as deleted`,
    );
    await platform.asOwner(/DELETE [^;]+;/.exec(message)?.[0] ?? '');
    await expectAccepted(platform);
  });

  it.each<[string, string, string]>([
    ['is_deleted boolean', 'true', 'is_deleted IS TRUE'],
    ['discarded_at timestamp', 'now()', 'discarded_at IS NOT NULL'],
    ['deleted_on date', 'now()', 'deleted_on IS NOT NULL'],
    ['deleted_at bigint NOT NULL DEFAULT 0', '1764547200', 'deleted_at <> 0'],
  ])('a row is marked as deleted by %s', async (column, mark, marked) => {
    const [name = ''] = column.split(' ');
    const platform = await platforms.open(`${fleetSql(9)} ALTER TABLE workspace_secrets ADD COLUMN ${column};
      UPDATE workspace_secrets SET ${name} = ${mark} WHERE workspace_id = '${workspaceId(3)}' AND key = 'MODEL';`);

    const message = await platform.refuse();

    expect(message.replaceAll('"', '')).toContain(marked);
    await platform.asOwner(/DELETE [^;]+;/.exec(message)?.[0] ?? '');
    await expectAccepted(platform);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'as deleted',
      'ALTER TABLE workspace_secrets ADD COLUMN deleted_at timestamptz;',
      'deleted_at',
      /Whether the column deleted_at of public\.workspace_secrets marks a pick as deleted cannot be seen \(Statement/,
    ],
    [
      'by rows that a deletion takes with it',
      'CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);',
      ' AS superseded',
      /Whether rows of grants refer to MODEL_PROVIDER rows .* cannot be seen \(Statement.*INDEX CONCURRENTLY ON grants \("secret_id"\);$/,
    ],
    [
      'by rows that a deletion empties, which may not be read',
      `CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE SET NULL);
       REVOKE ALL ON grants FROM OWNER;`,
      'nothing',
      /Whether rows of grants .* cannot be seen \(SQLSTATE 42501\)\. Let the owner of workspace_secrets read grants\./,
    ],
  ])('it cannot be seen whether legacy rows are marked %s', async (_, statements, look, reason) => {
    const platform = await platforms.open(`${fleetSql(9)} ${statements}`);
    const { aws } = platform.service;
    // The catalogue names columns, too, and is no look.
    aws.onCall = ({ sql }) =>
      sql?.includes(look) && !sql.includes('pg_class')
        ? { kind: 'error', name: 'StatementTimeoutException', status: 400 }
        : undefined;
    onTestFinished(() => {
      aws.onCall = undefined;
    });

    expect(await platform.refuse()).toMatch(reason);
  });

  it('row-level security hides rows that a deletion would take with it, with the statement to run', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
      INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER';
      ALTER TABLE grants ENABLE ROW LEVEL SECURITY; ALTER TABLE grants FORCE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON grants USING (secret_id::text = current_setting('app.tenant', true));`);

    const message = await platform.refuse();

    expect(message).toMatch(
      /Whether rows of grants .* cannot be seen, since row-level security may hide them\./,
    );
    await platform.asOwner(/ALTER TABLE [^;]+;/.exec(message)?.[0] ?? '');
    expect(await platform.refuse()).toContain('Rows of grants refer by the foreign key');
    await platform.asOwner('DELETE FROM grants');
    await expectAccepted(platform);
  });

  it('such rows may hide only where a row would go', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      DELETE FROM workspace_secrets m WHERE key = 'MODEL';
      CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
      ALTER TABLE grants ENABLE ROW LEVEL SECURITY; ALTER TABLE grants FORCE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON grants USING (secret_id::text = current_setting('app.tenant', true));`);
    await expectAccepted(platform);
  });

  it('a row that would go has a child, where names are always quoted', async () => {
    const platform = await platforms.open(`${fleetSql(9)} ALTER ROLE OWNER SET quote_all_identifiers = on;
      CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
      INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER';`);

    expect(await platform.refuse()).toMatch(
      /^Nothing was changed\. Rows of "grants" refer by the foreign key/,
    );
  });

  it('a publication publishes rows that it cannot identify, with the statement to run', async () => {
    const platform = await platforms.open(
      `${fleetSql(9)} ALTER TABLE workspace_secrets REPLICA IDENTITY NOTHING;`,
    );
    await platform.asSuperuser('CREATE PUBLICATION everything FOR TABLE workspace_secrets');

    const message = await platform.refuse();

    expect(message).toMatch(/SQLSTATE 55000.*REPLICA IDENTITY DEFAULT;/);
    expect(message).not.toContain('unique index');
    await platform.asOwner('ALTER TABLE workspace_secrets REPLICA IDENTITY DEFAULT');
    await expectAccepted(platform);
  });

  it('the API may not use plpgsql, with the GRANT to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { apiUser, asSuperuser, owner } = platform;
    await asSuperuser(`CREATE ROLE ${apiUser} LOGIN; GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION;
      REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO ${owner}`);
    try {
      const message = await platform.refuse();

      const [statement = ''] = /GRANT USAGE ON LANGUAGE plpgsql TO \w+;/.exec(message) ?? [];
      await asSuperuser(statement);
      await platform.deploy();
    } finally {
      await asSuperuser(
        `GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC; REVOKE USAGE ON LANGUAGE plpgsql FROM ${owner}, ${apiUser}`,
      );
    }
  });

  it('an event trigger forbids what an undo of another migration does', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.asSuperuser(`CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_name = 'workspace_model_history') THEN RAISE 'no drops'; END IF;
      END $$; CREATE EVENT TRIGGER keep ON sql_drop EXECUTE FUNCTION keep()`);
    try {
      expect(await platform.refuse()).toMatch(/to undo 20261125000000 fails in keep\(\): no drops/);
    } finally {
      await platform.asSuperuser('DROP EVENT TRIGGER keep');
    }
  });

  it('a subscription brings its secrets from another database, with the statement to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { asSuperuser } = platform;
    // One that never had a publisher. Its worker is not started: nothing wakes the launcher.
    await asSuperuser(
      `CREATE SUBSCRIPTION copy CONNECTION 'host=0.0.0.0' PUBLICATION secrets WITH (connect = false, slot_name = NONE)`,
    );
    try {
      await asSuperuser(`SET allow_system_table_mods = on;
        UPDATE pg_subscription SET subenabled = true WHERE subname = 'copy';
        INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
          SELECT oid, 'workspace_secrets'::regclass, 'r' FROM pg_subscription WHERE subname = 'copy';
        RESET allow_system_table_mods`);

      const message = await platform.refuse();

      expect(message).toMatch(/The subscription copy brings .* End the replication first: /);
      await asSuperuser(/DROP SUBSCRIPTION \w+;/.exec(message)?.[0] ?? '');
      await expectAccepted(platform);
    } finally {
      await asSuperuser('DROP SUBSCRIPTION IF EXISTS copy');
    }
  });

  it('its secrets are partitioned', async () => {
    const platform = await platforms.open(
      `CREATE TABLE workspaces (id uuid PRIMARY KEY, name text NOT NULL, runtime text);
       CREATE TABLE workspace_secrets (id uuid DEFAULT gen_random_uuid(), workspace_id uuid REFERENCES workspaces (id), key text NOT NULL,
         encrypted_value bytea NOT NULL, encryption_version int NOT NULL DEFAULT 0, created_at timestamptz, updated_at timestamptz,
         UNIQUE (workspace_id, key)) PARTITION BY HASH (workspace_id);
       CREATE TABLE secrets_0 PARTITION OF workspace_secrets FOR VALUES WITH (MODULUS 1, REMAINDER 0);`,
      { tables: '' },
    );

    expect(await platform.refuse()).toMatch(/workspace_secrets is a partitioned table/);
  });

  it('names every reason at once', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
      ALTER TABLE workspace_secrets ADD CONSTRAINT known CHECK (key <> 'MODEL') NOT VALID;
      CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id));
      INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER';`);

    const message = await platform.refuse();

    for (const reason of [
      /Row-level security on public\.workspaces/,
      /constraint known/,
      /foreign key grants/,
    ]) {
      expect(message).toMatch(reason);
    }
  });
});

describe('a platform is renamed, served and given back whole where', () => {
  it.each<[string, string, string, string]>([
    ['it is as drawn', '', '', ''],
    [
      'an ORM has made the tables without defaults',
      'ALTER TABLE workspace_secrets ALTER COLUMN updated_at SET NOT NULL, ALTER COLUMN updated_at DROP DEFAULT, ALTER COLUMN created_at DROP DEFAULT;',
      '',
      '',
    ],
    [
      'secrets have more columns',
      `ALTER TABLE workspace_secrets ADD COLUMN "Created By" text, ADD COLUMN tags text[], ADD COLUMN about jsonb,
         ADD COLUMN price numeric, ADD COLUMN size int GENERATED ALWAYS AS (octet_length(encrypted_value)) STORED,
         ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN "workspace" point;`,
      ', "Created By", tags, about, price, "workspace"',
      `, 'me' || name, ARRAY[NULL, 'a "b"'], '{"a": null}', 1.50, '(1,2)'`,
    ],
    [
      'a trigger audits every change',
      `CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
       CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         $$ BEGIN INSERT INTO audit (what) VALUES (TG_OP); RETURN coalesce(NEW, OLD); END $$;
       CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION audit();`,
      '',
      '',
    ],
    [
      'rows that stay have children',
      `CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);`,
      '',
      '',
    ],
    [
      'row-level security lets everybody through',
      `ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY; CREATE POLICY all_of_it ON workspaces USING (true);`,
      '',
      '',
    ],
    [
      'row-level security lets everybody read, and write what is their own',
      `ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY; CREATE POLICY reading ON workspaces FOR SELECT USING (true);
       CREATE POLICY adding ON workspaces FOR INSERT WITH CHECK (false); CREATE POLICY changing ON workspaces FOR UPDATE USING (name = 'x');
       CREATE POLICY mine ON workspaces USING (name = 'x'); CREATE POLICY careful ON workspaces AS RESTRICTIVE FOR DELETE USING (false);
       CREATE POLICY others ON workspaces AS RESTRICTIVE TO pg_monitor USING (false);`,
      '',
      '',
    ],
    [
      "row-level security hides every secret from all but their owner, who is the view's",
      `ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON workspace_secrets USING (false);`,
      '',
      '',
    ],
    [
      'columns are named like the tables and variables of the statements',
      'ALTER TABLE workspace_secrets ADD COLUMN s text, ADD COLUMN r text, ADD COLUMN m text, ADD COLUMN superseded boolean, ADD COLUMN kind text;',
      ', s, r, m, superseded, kind',
      `, 's', 'r', 'm', true, 'kept'`,
    ],
    [
      'a trigger gives a required column its value',
      `ALTER TABLE workspaces ADD COLUMN tenant int DEFAULT 7; ALTER TABLE workspace_secrets ADD COLUMN tenant int NOT NULL;
       CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         $$ BEGIN NEW.tenant := (SELECT tenant FROM workspaces WHERE id = NEW.workspace_id); RETURN NEW; END $$;
       CREATE TRIGGER fill BEFORE INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION fill();`,
      '',
      '',
    ],
    ['keys are of a fixed length', 'ALTER TABLE workspace_secrets ALTER COLUMN key TYPE char(20);', '', ''],
    [
      'ids are text',
      `ALTER TABLE workspace_secrets ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text;
       ALTER TABLE workspace_secrets ALTER COLUMN id SET DEFAULT gen_random_uuid()::text;`,
      '',
      '',
    ],
    [
      'ids are a sequence',
      'ALTER TABLE workspace_secrets DROP COLUMN id; ALTER TABLE workspace_secrets ADD COLUMN id bigserial PRIMARY KEY;',
      '',
      '',
    ],
    [
      'ids are an identity',
      'ALTER TABLE workspace_secrets DROP COLUMN id; ALTER TABLE workspace_secrets ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;',
      '',
      '',
    ],
    [
      'ids are text that nothing fills',
      'ALTER TABLE workspace_secrets ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text;',
      ', id',
      ', gen_random_uuid()::text',
    ],
    [
      'settings write values otherwise',
      `ALTER ROLE OWNER SET standard_conforming_strings = off; ALTER ROLE OWNER SET bytea_output = escape;
       ALTER ROLE OWNER SET datestyle = 'SQL, DMY'; ALTER ROLE OWNER SET default_transaction_isolation = serializable;
       ALTER ROLE OWNER SET quote_all_identifiers = on; ALTER ROLE OWNER SET backslash_quote = off; ALTER ROLE OWNER SET escape_string_warning = off;`,
      '',
      '',
    ],
  ])('%s', async (_, statements, columns, values) => {
    const platform = await platforms.open(`${statements} ${fleetSql(9, columns, values)}`);

    await expectAccepted(platform);
  });

  it('PL/pgSQL takes more for an error than usual', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { sql, databaseName } = platform.service;
    await sql(`ALTER DATABASE "${databaseName}" SET plpgsql.extra_errors = 'all'`);

    await expectAccepted(platform);
  });

  it('its tables belong to a group of which the owner is a member, so that no policy is for it', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { owner, service } = platform;
    await service.sql(`CREATE ROLE group_${owner}; GRANT group_${owner} TO ${owner};
      GRANT ALL ON SCHEMA public TO group_${owner}; ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY;
      ALTER TABLE workspaces OWNER TO group_${owner}; ALTER TABLE workspace_secrets OWNER TO group_${owner}`);

    await expectAccepted(platform);
  });

  it.each(['the member', 'the owner'])(
    'two users deploy by turns, of whom one is a member of the other, and %s comes first',
    async (who) => {
      const platform = await platforms.open(fleetSql(9));
      const { owner, service } = platform;
      const clone = await platform.makeClone();
      const [first, second] = who === 'the member' ? [clone, owner] : [owner, clone];

      platform.putOwner(first);
      await platform.deploy();
      platform.putOwner(second);
      await platform.deploy();
      expectSuccess(await platform.send('Update'));
      expect(await service.sql(OWNERS)).toEqual([{ owner }]);
      await platform.undo();
      platform.putOwner(first);
      await expectAccepted(platform);
      await platform.undo();
    },
  );

  it.each([
    ['search_path', 'pg_catalog, public'],
    ['default_transaction_read_only', 'on'],
  ])('its %s was mended after a refusal as that said, a moment ago', async (setting, value) => {
    const platform = await platforms.open(`${fleetSql(9)} ALTER ROLE OWNER SET ${setting} = ${value};`);
    const [, statement = ''] = /Run: (.*;)/.exec(await platform.refuse()) ?? [];
    await platform.asSuperuser(statement);

    await expectAccepted(platform);
  });

  it("row-level security lets the API's user alone read all workspaces, by what its refusal has the owner run", async () => {
    const platform = await platforms.open(`${fleetSql(9)} ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;`);
    const [statements = ''] = /CREATE ROLE .* USING \(true\);/.exec(await platform.refuse()) ?? [];
    expect(statements).toContain(`FOR SELECT TO "${platform.apiUser}" USING (true);`);
    await platform.asOwner(statements);

    await expectAccepted(platform);
  });

  it.each([
    ['search_path', 'pg_catalog, public'],
    ['default_transaction_read_only', 'on'],
  ])(
    'its user takes on the role of the owner, and its %s was mended as a refusal said',
    async (setting, value) => {
      const platform = await platforms.open(fleetSql(9));
      const clone = await platform.makeClone();
      await platform.asSuperuser(
        `ALTER ROLE ${clone} SET role = OWNER; ALTER ROLE ${clone} SET ${setting} = ${value}`,
      );
      platform.putOwner(clone);
      const [, statement = ''] = /Run: (.*;)/.exec(await platform.refuse()) ?? [];
      expect(statement).toContain(`ALTER ROLE "${clone}" IN DATABASE`);
      await platform.asSuperuser(statement);

      await expectAccepted(platform);
    },
  );

  it.each([9, 500])(
    'ids are of a fixed length, of %i workspaces, whose picks are encrypted anew',
    async (count) => {
      const platform = await platforms.open(`ALTER TABLE workspace_secrets ALTER COLUMN id DROP DEFAULT,
      ALTER COLUMN id TYPE char(26) USING left(CAST(id AS text), 26);
      ALTER TABLE workspace_secrets ALTER COLUMN id SET DEFAULT left(md5(CAST(random() AS text)), 26); ${fleetSql(count)}`);

      await platform.deploy();
      await encryptAnew(platform);

      expect(
        await platform.service.sql(
          "SELECT FROM workspace_secrets WHERE key = 'MODEL' AND encryption_version = 0",
        ),
      ).toEqual([]);
    },
  );

  it('keys are of an enum', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE TYPE secret_key AS ENUM ('MODEL_PROVIDER', 'MODEL', 'OTHER');
      ALTER TABLE workspace_secrets ALTER COLUMN key TYPE secret_key USING CAST(key AS secret_key);`);

    await expectAccepted(platform);
  });

  it('runtimes are of an enum', async () => {
    const platform =
      await platforms.open(`${fleetSql(9)} CREATE TYPE runtime_kind AS ENUM ('langgraph', 'claude-code');
      ALTER TABLE workspaces ALTER COLUMN runtime DROP DEFAULT, ALTER COLUMN runtime TYPE runtime_kind USING CAST(runtime AS runtime_kind);`);

    await expectAccepted(platform);

    const listed = await fetch(`${platform.service.api}/workspaces/models?runtime=langgraph`);
    expect(await listed.json()).toMatchObject({ items: new Array(9).fill({ runtime: 'langgraph' }) });
    await platform.service.sql('UPDATE workspace_secrets SET encryption_version = 0');
    const leftovers: (string | null)[] = [];
    for await (const leftover of readLeftovers(platform.service.executeAsOwner)) {
      leftovers.push(leftover.runtime);
    }
    expect(new Set(leftovers)).toEqual(new Set(['langgraph']));
  });

  const ORG = `'00000000-0000-0000-0000-0000000000aa'`;
  /** `org_id` of the secrets is required, refers to a row, and is given by a trigger. */
  const orgs = (
    ofWorkspaces: string,
  ) => `CREATE TABLE orgs (id uuid PRIMARY KEY); INSERT INTO orgs VALUES (${ORG});
    ALTER TABLE workspaces ADD COLUMN org_id uuid DEFAULT ${ORG} REFERENCES orgs;
    ALTER TABLE workspace_secrets ADD COLUMN org_id uuid NOT NULL REFERENCES orgs CHECK (org_id = ${ORG});
    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN NEW.org_id := (SELECT org_id FROM workspaces WHERE id = NEW.workspace_id); RETURN NEW; END $$;
    CREATE TRIGGER fill BEFORE INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION fill();
    ${fleetSql(9)} ALTER TABLE workspaces ${ofWorkspaces};`;

  it.each([
    ['that has a default', 'ALTER COLUMN org_id SET NOT NULL'],
    ['that is required', 'ALTER COLUMN org_id SET NOT NULL, ALTER COLUMN org_id DROP DEFAULT'],
    ['that a made workspace lacks', 'ALTER COLUMN org_id DROP DEFAULT'],
  ])('a trigger gives a column the reference of the workspace, %s', async (_, ofWorkspaces) => {
    await expectAccepted(await platforms.open(orgs(ofWorkspaces)));
  });

  it.each([0, 1])('there are %i workspaces, and none can be made up', async (count) => {
    const platform = await platforms.open(
      orgs(`ALTER COLUMN org_id SET NOT NULL, ALTER COLUMN org_id DROP DEFAULT;
        DELETE FROM workspace_secrets WHERE workspace_id > '${workspaceId(count)}';
        DELETE FROM workspaces WHERE id > '${workspaceId(count)}'`),
    );

    await platform.deploy();

    expect(await keys(platform)).toEqual(count === 0 ? {} : { MODEL: 1, OTHER: 1 });
  });

  it.each(['FOR ALL TABLES', 'FOR TABLES IN SCHEMA public'])(
    'a publication %s has the tables of this service, too',
    async (tables) => {
      const platform = await platforms.open(fleetSql(9));
      await platform.asSuperuser(`CREATE PUBLICATION everything ${tables}`);

      await expectAccepted(platform);
      await encryptAnew(platform);
    },
  );

  it('a publication has all tables, and an earlier release has made those of this service', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(`ALTER TABLE workspace_model_rename_journal REPLICA IDENTITY DEFAULT;
      ALTER TABLE workspace_model_rename_superseded REPLICA IDENTITY DEFAULT;`);
    await platform.asSuperuser('CREATE PUBLICATION everything FOR ALL TABLES');

    expectSuccess(await platform.send('Update'));

    await encryptAnew(platform);
    await platform.undo();
    expect(await keys(platform)).toEqual(LEGACY);
  });

  it('a trigger sets updated_at, which the report says', async () => {
    const platform = await platforms.open(`${fleetSql(9)} ${TOUCH}`);

    expect(await platform.deploy()).toMatchObject({ Data: { MovedColumns: 'updated_at' } });
    expect(await keys(platform)).toEqual(RENAMED);
    await platform.undo();
    expect(await keys(platform)).toEqual(LEGACY);
  });

  it('a trigger sets the times of new rows, which the report says', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
      CREATE TRIGGER touch BEFORE INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION touch();`);

    expect(await platform.deploy()).toMatchObject({ Data: { MovedColumns: 'updated_at' } });
  });

  it('a row has no encryption_version, which is a suspect', async () => {
    const platform = await platforms.open(`
      ALTER TABLE workspace_secrets ALTER COLUMN encryption_version DROP NOT NULL; ${fleetSql(9)}
      UPDATE workspace_secrets SET encryption_version = NULL WHERE workspace_id = '${workspaceId(1)}' AND key = 'MODEL_PROVIDER';`);

    expect(await platform.deploy()).toMatchObject({ Data: { Suspects: '1' } });
    const { status, text } = await platform.service.get(workspaceId(1));
    expect([status, JSON.parse(text)]).toMatchObject([500, { code: 'DECRYPT_FAILED' }]);
  });

  it('a trigger writes to a table of which row-level security lets nobody read, not even its owner', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE TABLE audit_log (key text); ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY adding ON audit_log FOR INSERT WITH CHECK (true);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO audit_log VALUES (coalesce(NEW.key, OLD.key)); RETURN NULL; END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION note();`);

    await expectAccepted(platform);
  });

  it('an event trigger gives every new table row-level security', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.asSuperuser(`CREATE FUNCTION protect() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made text; BEGIN
        FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
          EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
        END LOOP;
      END $$; CREATE EVENT TRIGGER protect ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS')
        EXECUTE FUNCTION protect()`);
    try {
      await expectAccepted(platform);
    } finally {
      await platform.asSuperuser('DROP EVENT TRIGGER protect');
    }
  });
});

it('a rename stops where row-level security comes to hide its rows, and goes on without it', async () => {
  const platform = await platforms.open(fleetSql(9));
  const { service, asOwner } = platform;
  await stoppedBeforeRename(service);
  await asOwner(
    'ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY; ALTER TABLE workspace_secrets FORCE ROW LEVEL SECURITY',
  );
  await expect(up(service)).rejects.toThrow(
    /affected by row-level security policy for table "workspace_secrets"/,
  );

  await asOwner('ALTER TABLE workspace_secrets NO FORCE ROW LEVEL SECURITY');
  await up(service);

  expect(await keys(platform)).toEqual(RENAMED);
});

it('a trial says nothing of real workspaces to what is outside of the database', async () => {
  // What a sequence gives is not rolled back, either.
  const platform = await platforms.open(`CREATE SEQUENCE told; ${fleetSql(9)}
    CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      IF (SELECT name FROM workspaces WHERE id = coalesce(NEW.workspace_id, OLD.workspace_id)) LIKE 'w_' THEN PERFORM nextval('told'); END IF;
      RETURN coalesce(NEW, OLD); END $$;
    CREATE TRIGGER say AFTER INSERT OR UPDATE OR DELETE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION say();`);
  const tried = {
    execute: platform.service.executeAsOwner,
    migrations: readMigrationFiles(MIGRATIONS_DIRECTORY),
    deploy: { allowedMoves: [] },
  };

  expect(await tryDeploy(tried, NEWEST)).toMatchObject({ refusals: [] });

  expect(await platform.service.sql('SELECT is_called FROM told')).toEqual([{ is_called: false }]);
});

describe('a trigger that keeps rows of archived workspaces as they are', () => {
  const KEEPING = `UPDATE workspaces SET status = 'archived' WHERE id IN ('${workspaceId(5)}', '${workspaceId(6)}');
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      RETURN CASE WHEN (SELECT status FROM workspaces WHERE id = OLD.workspace_id) IS DISTINCT FROM 'archived' THEN coalesce(NEW, OLD) END; END $$;
    CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION keep();`;
  const SAID = (rows: number) =>
    new RegExp(
      `a trigger or rule of workspace_secrets keeps ${rows} of its rows as they are, such as that of workspace ${workspaceId(5)}`,
    );

  it('fails a first deploy, which goes back', async () => {
    const platform = await platforms.open(`${fleetSql(9)} ${KEEPING}`);
    const before = await dumpDatabase(platform.service, platform.apiUser);

    const message = expectFailure(await platform.send('Create'), 'MigrationFailedError');

    expect(message).toMatch(SAID(2));
    expectDocumented(message);
    expect(await dumpDatabase(platform.service, platform.apiUser)).toEqual(before);
  });

  it('stops a way back after everything else was given back, and it goes on without the trigger', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(KEEPING);

    const message = expectFailure(await platform.send('Update', '00000000000000'), 'MigrationFailedError');

    expect(message).toMatch(SAID(1));
    expect(await keys(platform)).toMatchObject({ MODEL_PROVIDER: 8, MODEL: 4 });
    await platform.asOwner('ALTER TABLE workspace_secrets DISABLE TRIGGER keep');
    await platform.undo();
    expect(await keys(platform)).toEqual(LEGACY);
  });
});

describe('defaults that the columns were given', () => {
  const defaults = async ({ service }: Platform) =>
    Object.fromEntries(
      (
        await service.sql<{ name: string; value: string }>(`
          SELECT attname AS name, pg_get_expr(adbin, adrelid) AS value
          FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = 'workspace_secrets'::regclass AND attname <> 'encryption_version'`)
      ).map(({ name, value }) => [name, value]),
    );
  const dropped = (id: string, time: string): string =>
    `ALTER TABLE workspace_secrets ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE ${id},
       ALTER COLUMN created_at DROP DEFAULT, ALTER COLUMN created_at TYPE ${time},
       ALTER COLUMN updated_at DROP DEFAULT, ALTER COLUMN updated_at TYPE ${time};`;
  const ID = [', id', ', gen_random_uuid()::text::uuid'] as const;

  it.each([
    ['uuid', 'timestamptz'],
    ['text', 'timestamp'],
    ['varchar(36)', 'timestamptz(0)'],
    ['varchar', 'timestamp(3)'],
  ])('go with an undo, for %s and %s', async (id, time) => {
    const platform = await platforms.open(`${fleetSql(9, ...ID)} ${dropped(id, time)}`);
    await platform.deploy();
    expect(Object.keys(await defaults(platform)).sort()).toEqual(['created_at', 'id', 'updated_at']);

    await platform.undo();

    expect(await defaults(platform)).toEqual({});
  });

  it('stay where the platform has set another one since', async () => {
    const platform = await platforms.open(`${fleetSql(9, ...ID)} ${dropped('text', 'timestamptz')}`);
    await platform.deploy();
    await platform.asOwner(`CREATE FUNCTION ulid() RETURNS text LANGUAGE sql AS $$ SELECT md5(CAST(random() AS text)) $$;
      ALTER TABLE workspace_secrets ALTER COLUMN id SET DEFAULT ulid(), ALTER COLUMN updated_at DROP DEFAULT`);

    await platform.undo();

    expect(await defaults(platform)).toEqual({ id: 'ulid()' });
  });

  it('go with an undo where names are always quoted', async () => {
    const platform = await platforms.open(
      `${fleetSql(9, ...ID)} ${dropped('text', 'timestamptz')} ALTER ROLE OWNER SET quote_all_identifiers = on;`,
    );
    await platform.deploy();

    await platform.undo();

    expect(await defaults(platform)).toEqual({});
  });
});

describe('a superseded row is given back where', () => {
  it('the pick that had superseded it has no value', async () => {
    const platform = await platforms.open(`
      ALTER TABLE workspace_secrets ALTER COLUMN encrypted_value DROP NOT NULL; ${fleetSql(9)}
      UPDATE workspace_secrets SET encrypted_value = NULL WHERE workspace_id = '${workspaceId(3)}' AND key = 'MODEL';`);

    await expectAccepted(platform);
  });

  it('a trigger has moved updated_at while a new column was filled', async () => {
    const platform = await platforms.open(`${TOUCH} ${fleetSql(9)}`);
    await platform.deploy();
    await platform.asOwner(
      'ALTER TABLE workspace_secrets ADD COLUMN team text; UPDATE workspace_secrets SET team = 1',
    );

    await platform.undo();

    expect(await keys(platform)).toEqual(LEGACY);
  });

  it('a column was dropped, and another one added', async () => {
    const platform = await platforms.open(
      `ALTER TABLE workspace_secrets ADD COLUMN note text; ${fleetSql(9)}`,
    );
    await platform.deploy();
    await platform.asOwner(
      `ALTER TABLE workspace_secrets DROP COLUMN note, ADD COLUMN team text DEFAULT 'x'`,
    );

    await platform.undo();

    expect(await keys(platform)).toEqual(LEGACY);
  });

  it('a column was added while the rename was under way, with the value that it had', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { service } = platform;
    await stoppedBeforeRename(service);
    await platform.asOwner(`ALTER TABLE workspace_secrets ADD COLUMN note text DEFAULT 'kept'`);
    const before = await dumpRows(service, OWN);

    await platform.deploy();
    await platform.undo();

    expect(await dumpRows(service, OWN)).toEqual(before);
  });

  it('the pick that had superseded it was encrypted anew, and a trigger has moved its updated_at', async () => {
    const platform = await platforms.open(`${TOUCH} ${fleetSql(9)}`);
    await platform.deploy();
    await encryptAnew(platform);

    await platform.undo();

    expect(await keys(platform)).toEqual(LEGACY);
  });
});

/** Refused with nothing changed, by a statement to run; and once that is run, everything is given back. */
const expectMended = async (platform: Platform, before: string[], schema: string): Promise<void> => {
  const { service, apiUser } = platform;
  const now = await dumpDatabase(service, apiUser);
  const message = expectFailure(await platform.send('Update', BASELINE), 'DatabaseSetupError');
  expectDocumented(message);
  expect(await platform.refuse()).toContain(
    `The service's tables are in the schema ${schema}, but the search_path of`,
  );
  await expect(down(service)).rejects.toThrow(message);
  expect(await dumpDatabase(service, apiUser)).toEqual(now);

  await service.sql(/Run: (ALTER ROLE [^;]+;)/.exec(message)?.[1] ?? '');
  await platform.endSessions();
  await platform.undo();
  expect(await dumpRows(service, OWN)).toEqual(before);
};

describe('the search_path leads to another place than where the service has its tables, since', () => {
  it('a new schema comes first on it', async () => {
    const platform = await platforms.open(fleetSql(9));
    const before = await dumpRows(platform.service, OWN);
    await platform.deploy();
    await platform.asOwner(`CREATE SCHEMA app; ALTER ROLE ${platform.owner} SET search_path = app, public`);
    await platform.endSessions();

    await expect(undoAbove(runOptions(platform.service), BASELINE)).rejects.toThrow('in the schema public');
    expectFailure(await platform.send('Update', BASELINE), 'DatabaseSetupError');
    // CloudFormation's way back, and a release of code alone.
    expectSuccess(await platform.send('Update'));
    await expectMended(platform, before, 'public');
  });

  it('a rotation has put a user in the place of the one whose schema has them', async () => {
    const platform = await platforms.open(`${fleetSql(9)} CREATE SCHEMA "OWNER";`);
    const before = await dumpRows(platform.service, OWN);
    await platform.deploy();
    platform.putOwner(await platform.makeClone());

    await expectMended(platform, before, platform.owner);
  });

  it('that is another platform in a schema of its own: each has a ledger, and undoes what is its own', async () => {
    const platform = await platforms.open(`${fleetSql(9)} CREATE SCHEMA other;`);
    const { service, owner } = platform;
    const before = await dumpRows(service, OWN);
    await platform.deploy();
    await platform.asOwner(`SET search_path = other; ${PLATFORM_TABLES}; ${fleetSql(6)}
      ALTER ROLE ${owner} SET search_path = other`);
    await platform.endSessions();

    await up(service);
    expect(await keys(platform, 'other.workspace_secrets')).toEqual({ MODEL: 6, OTHER: 6 });
    await down(service);
    expect(await keys(platform, 'other.workspace_secrets')).toEqual({
      MODEL_PROVIDER: 6,
      OTHER: 6,
      MODEL: 2,
    });
    await service.sql(`ALTER ROLE ${owner} RESET search_path`);
    await platform.endSessions();
    await platform.undo();
    expect(await dumpRows(service, OWN)).toEqual(before);
  });
});

describe('an undo is refused with nothing changed, and a deploy goes on, where something of the platform', () => {
  it.each<[string, string, string, string]>([
    [
      'forbids the old name, by a check',
      `ALTER TABLE workspace_secrets ADD CONSTRAINT known CHECK (key IN ('MODEL', 'OTHER'))`,
      'The check constraint known of public.workspace_secrets refuses the MODEL_PROVIDER row of the workspace 0',
      'ALTER TABLE workspace_secrets DROP CONSTRAINT known',
    ],
    [
      'forbids the old name, by a foreign key',
      `CREATE TABLE names (name text PRIMARY KEY); INSERT INTO names VALUES ('MODEL'), ('OTHER');
       ALTER TABLE workspace_secrets ADD CONSTRAINT known FOREIGN KEY (key) REFERENCES names;`,
      'The foreign key known of public.workspace_secrets refuses the MODEL_PROVIDER row of the workspace 0',
      'ALTER TABLE workspace_secrets DROP CONSTRAINT known; DROP TABLE names',
    ],
    [
      'forbids the old name, by a trigger',
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.key = 'MODEL_PROVIDER' THEN RAISE 'not today'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER refuse BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION refuse();`,
      'Tried and taken back: to undo 20260519000000 fails in refuse(): not today',
      'DROP TRIGGER refuse ON workspace_secrets; DROP FUNCTION refuse',
    ],
    [
      'keeps the new name, by a trigger',
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.key := OLD.key; RETURN NEW; END $$;
       CREATE TRIGGER keep BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION keep();`,
      'Tried and taken back: to undo 20260519000000 fails: the rows keep the new name',
      'DROP TRIGGER keep ON workspace_secrets; DROP FUNCTION keep',
    ],
    [
      'refers to picks by the new name',
      `CREATE TABLE grants (w uuid, k text, FOREIGN KEY (w, k) REFERENCES workspace_secrets (workspace_id, key) ON DELETE CASCADE);
       INSERT INTO grants VALUES ('${workspaceId(1)}', 'MODEL');`,
      'Rows of grants refer by the foreign key grants_w_k_fkey (ON UPDATE NO ACTION) to the key MODEL. Let',
      'DROP TABLE grants',
    ],
    [
      'stands on the view of picks',
      'CREATE VIEW bi AS SELECT workspace_id FROM workspace_model_picks;',
      'The view bi depends on workspace_model_picks, which could not be dropped',
      'DROP VIEW bi',
    ],
    [
      'stands on the history, by a view',
      'CREATE MATERIALIZED VIEW bi AS SELECT actor FROM workspace_model_history;',
      'The materialized view bi depends on workspace_model_history,',
      'DROP MATERIALIZED VIEW bi',
    ],
    [
      'stands on the history, by a foreign key',
      'CREATE TABLE notes (w uuid, e bigint, CONSTRAINT entry FOREIGN KEY (w, e) REFERENCES workspace_model_history);',
      'The constraint entry on table notes depends on workspace_model_history,',
      'DROP TABLE notes',
    ],
    [
      'stands on the journal, by the type of its rows',
      'CREATE FUNCTION look(workspace_model_rename_journal[]) RETURNS int LANGUAGE sql RETURN 1;',
      'The function look(workspace_model_rename_journal[]) depends on workspace_model_rename_journal,',
      'DROP FUNCTION look',
    ],
  ])('%s', async (_, statement, reason, drop) => {
    const platform = await platforms.open(fleetSql(9));
    const { service, apiUser } = platform;
    const before = await dumpRows(service, OWN);
    await platform.deploy();
    await platform.asOwner(statement);
    const now = await dumpDatabase(service, apiUser);

    const message = expectFailure(await platform.send('Update', BASELINE), 'DatabaseSetupError');

    expect(message).toContain(`Nothing was changed. ${reason}`);
    expectDocumented(message);
    await expect(undoAbove(runOptions(service), BASELINE)).rejects.toThrow(message);
    expect(await dumpDatabase(service, apiUser)).toEqual(now);
    await platform.deploy();
    await platform.asOwner(drop);
    await platform.undo();
    expect(await dumpRows(service, OWN)).toEqual(before);
  });

  it('stands on more views than an answer to CloudFormation has room for', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(
      Array.from(
        { length: 40 },
        (_, index) => `CREATE VIEW bi_${index} AS SELECT workspace_id FROM workspace_model_picks;`,
      ).join(' '),
    );

    const message = expectFailure(await platform.send('Update', BASELINE), 'DatabaseSetupError');

    expect(message).toMatch(/^Nothing was changed\. The view bi_.*… All of it: the log of migrate/);
    expect(Buffer.byteLength(message)).toBeLessThan(3_000);
  });

  it('stands on the view of picks, which a deploy would have to make anew', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(
      'CREATE VIEW bi AS SELECT workspace_id FROM workspace_model_picks; DROP VIEW workspace_model_picks_table;',
    );

    expect(await platform.refuse()).toContain('The view bi depends on workspace_model_picks,');

    await platform.asOwner('DROP VIEW bi');
    await platform.deploy();
    await expectServed(platform.service, workspaceId(1));
  });
});

it('an undo is not kept by what refers to a pick that stays under its name', async () => {
  const platform = await platforms.open(fleetSql(9));
  const before = await dumpRows(platform.service, OWN);
  await platform.deploy();
  await platform.asOwner(`CREATE TABLE grants (w uuid, k text, FOREIGN KEY (w, k) REFERENCES workspace_secrets (workspace_id, key) ON DELETE CASCADE);
    INSERT INTO grants VALUES ('${workspaceId(3)}', 'MODEL');`);
  await platform.undo();
  expect(await dumpRows(platform.service, OWN)).toEqual(before);
});

it('an undo is not kept by a column that no made row fits, where those that are there do', async () => {
  const platform = await platforms.open(fleetSql(9));
  await platform.deploy();
  await platform.asOwner(`CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid()); INSERT INTO teams DEFAULT VALUES;
    ALTER TABLE workspace_secrets ADD COLUMN team uuid REFERENCES teams;
    UPDATE workspace_secrets SET team = (SELECT id FROM teams); ALTER TABLE workspace_secrets ALTER COLUMN team SET NOT NULL;`);
  await platform.undo();
  expect(await keys(platform)).toEqual({ MODEL_PROVIDER: 6, OTHER: 9, MODEL: 3 });
});

it('an undo is not kept by a publication of some columns, which goes together with its table', async () => {
  const platform = await platforms.open(fleetSql(9));
  const before = await dumpRows(platform.service, OWN);
  await platform.deploy();
  await platform.asSuperuser(
    'CREATE PUBLICATION changes FOR TABLE workspace_model_history (workspace_id, id, at, action, actor)',
  );
  await platform.undo();
  expect(await dumpRows(platform.service, OWN)).toEqual(before);
});

describe('a schema tool has dropped the constraint of the rename, legacy rows have come, and', () => {
  it.each<[string, 'Create' | 'Update', string]>([
    ['a Create renames them, too', 'Create', ''],
    ['an Update renames them, too', 'Update', ''],
    [
      'has made it anew without a look at the rows: an Update renames them, too',
      'Update',
      `ALTER TABLE workspace_secrets ADD CONSTRAINT ${RENAME_CONSTRAINT} CHECK (key <> 'MODEL_PROVIDER') NOT VALID`,
    ],
  ])('%s', async (_, kind, then) => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(`ALTER TABLE workspace_secrets DROP CONSTRAINT ${RENAME_CONSTRAINT};
      INSERT INTO workspaces (id, name) VALUES ('${workspaceId(10)}', 'w10');
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES ('${workspaceId(10)}', 'MODEL_PROVIDER', 'vendor/late');
      ${then}`);

    expectSuccess(await platform.send(kind));

    expect(await keys(platform)).toEqual({ MODEL: 10, OTHER: 9 });
    await platform.undo();
    expect(await keys(platform)).toEqual({ ...LEGACY, MODEL_PROVIDER: 10 });
    await platform.deploy();
    await expectServed(platform.service, workspaceId(10));
  });
});

describe('the platform replaces a type of its own which the table of superseded rows has, too, where', () => {
  const REPLACING = 'ALTER COLUMN tier TYPE tier_2 USING CAST(CAST(tier AS text) AS tier_2)';

  it.each([
    [
      'nothing was superseded: the table goes',
      `DELETE FROM workspace_secrets WHERE key = 'MODEL'`,
      'DROP TABLE workspace_model_rename_superseded',
    ],
    ['rows were: their column goes along', '', `ALTER TABLE workspace_model_rename_superseded ${REPLACING}`],
  ])('%s, and an undo gives everything back', async (_, statements, change) => {
    const platform = await platforms.open(`CREATE TYPE tier AS ENUM ('one', 'two');
      ALTER TABLE workspace_secrets ADD COLUMN tier tier; ${fleetSql(9, ', tier', `, CAST('two' AS tier)`)} ${statements}`);
    const before = await dumpRows(platform.service, OWN);
    await platform.deploy();
    await platform.asOwner(`CREATE TYPE tier_2 AS ENUM ('one', 'two', 'three'); ALTER TABLE workspace_secrets ${REPLACING};
      ${change}; DROP TYPE tier`);

    await platform.undo();

    expect(await dumpRows(platform.service, OWN)).toEqual(before);
  });
});

describe('a superseded row stays in its table, and all others are given back, where', () => {
  it.each<[string, string, string, RegExp]>([
    [
      'a further column has become required',
      '',
      `ALTER TABLE workspace_secrets ADD COLUMN team text NOT NULL DEFAULT 'x';
       ALTER TABLE workspace_secrets ALTER COLUMN team DROP DEFAULT;`,
      /column "team" .*\(SQLSTATE 23502\)/,
    ],
    [
      'what it refers to is gone',
      `CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 9);
       ALTER TABLE workspace_secrets ADD COLUMN created_by int REFERENCES users ON DELETE SET NULL;`,
      'DELETE FROM users WHERE id = 3;',
      /foreign key constraint .*\(SQLSTATE 23503\)/,
    ],
    [
      'what it refers to is gone, which a commit would find',
      `CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 9);
       ALTER TABLE workspace_secrets ADD COLUMN created_by int REFERENCES users ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;`,
      'DELETE FROM users WHERE id = 3;',
      /foreign key constraint .*\(SQLSTATE 23503\)/,
    ],
    [
      'a trigger keeps it out without a word',
      '',
      `CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER keep_out BEFORE INSERT ON workspace_secrets FOR EACH ROW
         WHEN (NEW.workspace_id = '${workspaceId(3)}') EXECUTE FUNCTION keep_out();`,
      /^a trigger or rule of workspace_secrets/,
    ],
  ])('%s', async (_, statements, since, reason) => {
    const columns = statements === '' ? [] : [', created_by', ', CAST(substr(name, 2) AS int)'];
    const platform = await platforms.open(`${statements} ${fleetSql(5, ...columns)}`);
    const { service } = platform;
    await platform.deploy();
    await platform.asOwner(since);

    expect(await platform.undo()).toMatchObject({
      Data: { NotGivenBack: `1 in workspace_model_rename_superseded: ${workspaceId(3)}` },
    });

    const givenBack = { MODEL_PROVIDER: 4, OTHER: 5, MODEL: 1 };
    expect(await keys(platform)).toEqual(givenBack);
    const left = `SELECT id, workspace_id, convert_from(encrypted_value, 'UTF8') AS value, why_not_given_back AS reason
      FROM workspace_model_rename_superseded`;
    const [row, ...others] = await service.sql(left);
    expect([row, others]).toMatchObject([
      { workspace_id: workspaceId(3), value: 'anthropic:claude-w3', reason: expect.stringMatching(reason) },
      [],
    ]);

    // Another rename and its undo leave it where it is.
    await up(service);
    await down(service);
    expect(await service.sql(left)).toEqual([row]);
    expect(await keys(platform)).toEqual(givenBack);
  });
});

it.each([6, 3_000])('a deploy is refused within 15 calls, of %i workspaces', async (workspaces) => {
  const platform = await platforms.open(
    `${fleetSql(workspaces)} ALTER TABLE workspace_secrets ADD CHECK (key <> 'MODEL') NOT VALID;`,
  );

  const calls = await platform.service.callsDuring(() => platform.refuse());

  expect(calls.filter(isDataApi).length).toBeLessThanOrEqual(15);
});

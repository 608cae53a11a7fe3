// Databases as platforms really have them, of which a deploy is refused with everything as before.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tryDeploy } from '../../../../commands/migrate/try-deploy.ts';
import { prepareLedger } from '../../../../functions/database/ledger.ts';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { previewRename } from '../../../../functions/migration/rename/preview.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { expectFailure } from '../../../helpers/claims.ts';
import { isDataApi } from '../../../helpers/disturbances.ts';
import { expectDocumented } from '../../../helpers/documented-refusals.ts';
import { NEWEST, RENAME_STEP, stopBeforeStep, up } from '../../../helpers/engine.ts';
import { dumpDatabase, dumpRows, fleetSql, startPlatforms, workspaceId } from '../../../helpers/platform.ts';
import { expectAccepted, keysOf, LEGACY_KEYS, OWN_TABLES } from '../../../helpers/platform-claims.ts';
import type { Service } from '../../../helpers/service.ts';

let platforms: Awaited<ReturnType<typeof startPlatforms>>;

beforeAll(async () => {
  platforms = await startPlatforms();
});

afterAll(() => platforms.close());

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

const ANY_CASE = `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  ALTER TABLE workspace_secrets ALTER COLUMN key TYPE text COLLATE any_case;`;

const RENAMED = { MODEL: 9, OTHER: 9 };

const stoppedBeforeRename = (service: Service): Promise<void> => stopBeforeStep(service, up, RENAME_STEP);

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
      /Row-level security on public\.workspaces \(reading, tenant\) hides rows .*Drop restrictive policies on its reads/,
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
      'the unique index is on rows alone that are not marked as deleted',
      `ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_key_key, ADD COLUMN archived_at timestamptz;
       CREATE UNIQUE INDEX alive ON workspace_secrets (workspace_id, key) WHERE archived_at IS NULL;`,
      /\(alive is partial\)\. .*also has those that alive \(WHERE \(archived_at IS NULL\)\) leaves out: let the platform delete such rows/,
    ],
    [
      'a check forbids the new name',
      `ALTER TABLE workspace_secrets ADD CONSTRAINT known CHECK (key IN ('MODEL_PROVIDER', 'OTHER')) NOT VALID;`,
      /check constraint known of workspace_secrets forbids it/,
    ],
    [
      'a check of the whole row forbids the new name',
      `CREATE FUNCTION is_known(s workspace_secrets) RETURNS boolean LANGUAGE sql AS $$ SELECT s.key <> 'MODEL' $$;
       ALTER TABLE workspace_secrets ADD CONSTRAINT known CHECK (is_known(workspace_secrets.*)) NOT VALID;`,
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
      /failed to rename: the rows are not as the rename leaves them; a trigger/,
    ],
    [
      'a trigger suppresses the removal of rows',
      `CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER suppress BEFORE DELETE ON workspace_secrets FOR EACH ROW WHEN (OLD.key = 'MODEL') EXECUTE FUNCTION suppress();`,
      /nothing is written|the rows/,
    ],
    [
      'a trigger changes what is saved',
      `CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN NEW.encrypted_value := NEW.encrypted_value || 'x'; RETURN NEW; END $$;
       CREATE TRIGGER change BEFORE INSERT ON workspace_secrets FOR EACH ROW WHEN (NEW.key = 'MODEL') EXECUTE FUNCTION change();`,
      /failed to save a pick as .*: a trigger of workspace_secrets changes what is written\. Let it leave the rows of the key MODEL as they are\./,
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
      /^Nothing was changed\. A dry run, rolled back, failed to make a workspace after the rename in give\(\): .*SQLSTATE 23514\)\./,
    ],
    [
      'a trigger gives a changed workspace a row of the old name',
      `CREATE FUNCTION give() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES (NEW.id, 'MODEL_PROVIDER', 'x')
           ON CONFLICT DO NOTHING; RETURN NEW; END $$;
       CREATE TRIGGER give AFTER UPDATE OF name ON workspaces FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION give();`,
      /^Nothing was changed\. A dry run, rolled back, failed to change a workspace after the rename in give\(\): .*SQLSTATE 23514\)\./,
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

    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
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

  it('a trigger looks at the secrets with rights that release 1.0 has granted, with the statement to run', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM count(*) FROM workspace_secrets WHERE workspace_id = NEW.workspace_id; RETURN NEW; END $$;
      CREATE TRIGGER look AFTER INSERT ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION look();`);
    const { apiUser, owner, asSuperuser, service } = platform;
    await prepareLedger(service.executeAsOwner);
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

  it('its enum of keys lacks the new one, with the statement to run, and a plan counts its rows all the same', async () => {
    const platform = await platforms.open(`${fleetSql(9)} DELETE FROM workspace_secrets WHERE key = 'MODEL';
      CREATE TYPE secret_key AS ENUM ('MODEL_PROVIDER', 'OTHER');
      ALTER TABLE workspace_secrets ALTER COLUMN key TYPE secret_key USING CAST(key AS secret_key);`);

    const message = await platform.refuse();

    expect(await previewRename(platform.service.executeAsOwner)).toMatchObject({
      renamed: 9,
      superseded: 0,
      left: 0,
    });
    const [statement = ''] = /ALTER TYPE [^;]+;/.exec(message) ?? [];
    await platform.asOwner(statement.replace('…', 'secret_key'));
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
      /It cannot be checked whether the column deleted_at of public\.workspace_secrets marks a pick as deleted \(Statement/,
    ],
    [
      'by rows that a deletion takes with it',
      'CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);',
      ' AS superseded',
      /It cannot be checked whether rows of grants refer to MODEL_PROVIDER rows .* \(Statement.*INDEX CONCURRENTLY ON grants \("secret_id"\);$/,
    ],
    [
      'by rows that a deletion empties, which may not be read',
      `CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE SET NULL);
       REVOKE ALL ON grants FROM OWNER;`,
      'nothing',
      /It cannot be checked whether rows of grants .* \(SQLSTATE 42501\)\. Run: GRANT SELECT ON grants TO "\w+";/,
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
      /It cannot be checked whether rows of grants .*, since row-level security may hide them\. For the deploy, run: ALTER/,
    );
    await platform.asOwner(/ALTER TABLE [^;]+;/.exec(message)?.[0] ?? '');
    expect(await platform.refuse()).toContain('Rows of grants refer by the foreign key');
    await platform.asOwner('DELETE FROM grants');
    await expectAccepted(platform);
  });

  it('row-level security hides rows of a table of another owner, with the statements to run', async () => {
    const { service, owner, refuse } = await platforms.open(`${fleetSql(9)}
      CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
      INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER';
      ALTER TABLE grants ENABLE ROW LEVEL SECURITY;`);
    await service.sql(
      `CREATE ROLE group_${owner}; ALTER TABLE grants OWNER TO group_${owner}; GRANT SELECT ON grants TO ${owner}`,
    );

    await service.sql(/For the deploy, run: (.+;)/.exec(await refuse())?.[1] ?? '');

    expect(await refuse()).toContain('Rows of grants refer by the foreign key');
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

  it('the API may not call a function of a check, with the GRANT to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { apiUser, asOwner, asSuperuser, owner } = platform;
    await asSuperuser(`CREATE FUNCTION known(key text) RETURNS boolean LANGUAGE sql AS $$ SELECT key <> '' $$;
      REVOKE EXECUTE ON FUNCTION known(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION known(text) TO ${owner};
      CREATE ROLE ${apiUser} LOGIN; GRANT ${apiUser} TO ${owner} WITH ADMIN OPTION`);
    await asOwner('ALTER TABLE workspace_secrets ADD CHECK (known(key))');

    const message = await platform.refuse();

    await asSuperuser(/GRANT EXECUTE ON FUNCTION [^;]+;/.exec(message)?.[0] ?? '');
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
      expect(await platform.refuse()).toMatch(/failed to undo 20261125000000 in keep\(\): no drops/);
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

  it('its workspaces are partitioned by something else than their id', async () => {
    const platform = await platforms.open(
      `CREATE TABLE workspaces (id uuid, name text NOT NULL, runtime text) PARTITION BY LIST (runtime);
       CREATE TABLE workspaces_0 PARTITION OF workspaces DEFAULT;
       CREATE TABLE workspace_secrets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace_id uuid, key text NOT NULL,
         encrypted_value bytea NOT NULL, encryption_version int NOT NULL DEFAULT 0, created_at timestamptz, updated_at timestamptz,
         UNIQUE (workspace_id, key));`,
      { tables: '' },
    );

    expect(await platform.refuse()).toMatch(
      /public\.workspaces\.id is no key: .* Only partitions by id alone are supported.*: CREATE UNIQUE INDEX ON public\.workspaces \(id\);/,
    );
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

  it('its user bypasses a row-level security that is forced on the owner of the secrets, with the statement to run', async () => {
    const platform = await platforms.open(`${fleetSql(9)}
      ALTER TABLE workspace_secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
    const clone = await platform.makeClone();
    await platform.asSuperuser(`ALTER ROLE ${clone} BYPASSRLS`);
    platform.putOwner(clone);

    const message = await platform.refuse();

    expect(message).toContain(`hides rows from ${platform.owner}.`);
    await platform.asOwner(/ALTER TABLE [^;]+;/.exec(message)?.[0] ?? '');
    await expectAccepted(platform);
  });

  it('row-level security has come onto the tables of the service, with the statements to run', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(`DO $$ DECLARE made text; BEGIN
        FOR made IN SELECT relname FROM pg_class WHERE relname LIKE 'workspace\\_model\\_%' AND relkind = 'r' LOOP
          EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', made);
        END LOOP;
      END $$`);

    const message = await platform.refuse();

    await expect(up(platform.service)).rejects.toThrow(message);
    await platform.asOwner(/Run: (.*)$/.exec(message)?.[1] ?? '');
    await platform.deploy();
    await platform.undo();
    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
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

  expect(await keysOf(platform)).toEqual(RENAMED);
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
    const before = await dumpRows(platform.service, OWN_TABLES);
    await platform.deploy();
    await platform.asOwner(`CREATE TYPE tier_2 AS ENUM ('one', 'two', 'three'); ALTER TABLE workspace_secrets ${REPLACING};
      ${change}; DROP TYPE tier`);

    await platform.undo();

    expect(await dumpRows(platform.service, OWN_TABLES)).toEqual(before);
  });
});

it.each([6, 3_000])('a deploy is refused within 15 calls, of %i workspaces', async (workspaces) => {
  const platform = await platforms.open(
    `${fleetSql(workspaces)} ALTER TABLE workspace_secrets ADD CHECK (key <> 'MODEL') NOT VALID;`,
  );

  const calls = await platform.service.callsDuring(() => platform.refuse());

  expect(calls.filter(isDataApi).length).toBeLessThanOrEqual(15);
});

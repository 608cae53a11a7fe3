// Databases as platforms really have them, which a deploy renames, serves, and gives back whole.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLeftovers } from '../../../../functions/database/leftovers.ts';
import { expectSuccess } from '../../../helpers/claims.ts';
import { expectServed, fleetSql, startPlatforms, workspaceId } from '../../../helpers/platform.ts';
import { encryptAnew, expectAccepted, keysOf, LEGACY_KEYS, TOUCH } from '../../../helpers/platform-claims.ts';

let platforms: Awaited<ReturnType<typeof startPlatforms>>;

beforeAll(async () => {
  platforms = await startPlatforms();
});

afterAll(() => platforms.close());

/** Of everything that the service has made. */
const OWNERS = `SELECT DISTINCT pg_get_userbyid(owner) AS owner FROM (
    SELECT relowner AS owner FROM pg_class WHERE relname LIKE 'workspace\\_model\\_%'
    UNION ALL SELECT proowner FROM pg_proc WHERE proname LIKE 'workspace\\_model\\_%'
  ) AS made`;

const RENAME_CONSTRAINT = '"key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead"';

const RENAMED = { MODEL: 9, OTHER: 9 };

describe('a platform whose search_path', () => {
  it('names another schema first: its rows are renamed where they are, and no table of its hides them', async () => {
    const platform = await platforms.open(`${fleetSql(9)} CREATE SCHEMA app;`);
    await platforms.service.sql(
      `ALTER DATABASE "${platforms.service.databaseName}" SET search_path = app, public`,
    );
    await platform.service.sql(`ALTER ROLE ${platform.owner} SET search_path = app, public`);

    await expectAccepted(platform);

    expect(await keysOf(platform, 'public.workspace_secrets')).toMatchObject({ OTHER: 9 });
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
    [
      'checks look at the whole row and at its table',
      `CREATE FUNCTION is_whole(s workspace_secrets) RETURNS boolean LANGUAGE sql AS $$ SELECT s.key IS NOT NULL $$;
       ALTER TABLE workspace_secrets ADD CHECK (is_whole(workspace_secrets.*)), ADD CHECK (tableoid <> 0);`,
      '',
      '',
    ],
    [
      'a trigger lets no workspace change its name',
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a name is for good'; END $$;
       CREATE TRIGGER keep BEFORE UPDATE ON workspaces FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION keep();`,
      '',
      '',
    ],
    [
      'a default, a check, domains, an index and a generated column call functions that are closed to the public',
      `CREATE FUNCTION made() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
       CREATE FUNCTION known(key text) RETURNS boolean LANGUAGE sql AS $$ SELECT key <> '' $$;
       CREATE FUNCTION filled(value bytea) RETURNS boolean LANGUAGE sql AS $$ SELECT value <> '' $$;
       CREATE FUNCTION ends(key text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT right(key, 1)';
       CREATE FUNCTION begins(key text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left(key, 1)';
       REVOKE EXECUTE ON FUNCTION made(), known(text), filled(bytea), begins(text), ends(text) FROM PUBLIC;
       CREATE INDEX ON workspace_secrets (begins(CAST(key AS text)));
       CREATE DOMAIN known_key AS text CHECK (known(VALUE)); CREATE DOMAIN secret_key AS known_key;
       ALTER TABLE workspace_secrets ALTER COLUMN id SET DEFAULT made(), ADD CHECK (filled(encrypted_value)), ALTER COLUMN key TYPE secret_key;
       ALTER TABLE workspace_secrets ADD COLUMN ending text GENERATED ALWAYS AS (ends(CAST(key AS text))) STORED;`,
      '',
      '',
    ],
    [
      'a trigger forbids that the name of a workspace changes',
      `CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'a name is for good' USING ERRCODE = 'check_violation'; END $$;
       CREATE TRIGGER forbid BEFORE UPDATE ON workspaces FOR EACH ROW WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION forbid();`,
      '',
      '',
    ],
    [
      'rows have JSON that cannot be jsonb',
      'ALTER TABLE workspace_secrets ADD COLUMN extra json;',
      ', extra',
      `, '"\\u0000"'`,
    ],
    [
      'secrets refer to rows that row-level security hides, by a foreign key that is not valid',
      `CREATE TABLE teams (id int PRIMARY KEY); INSERT INTO teams VALUES (1);
       ALTER TABLE workspace_secrets ADD COLUMN team int, ADD FOREIGN KEY (team) REFERENCES teams NOT VALID;
       ALTER TABLE teams ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
      ', team',
      ', 1',
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

    expect(await keysOf(platform)).toEqual(count === 0 ? {} : { MODEL: 1, OTHER: 1 });
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

  it('a publication has all tables, and those of this service have no replica identity yet', async () => {
    const platform = await platforms.open(fleetSql(9));
    await platform.deploy();
    await platform.asOwner(`ALTER TABLE workspace_model_rename_journal REPLICA IDENTITY DEFAULT;
      ALTER TABLE workspace_model_rename_superseded REPLICA IDENTITY DEFAULT;`);
    await platform.asSuperuser('CREATE PUBLICATION everything FOR ALL TABLES');

    expectSuccess(await platform.send('Update'));

    await encryptAnew(platform);
    await platform.undo();
    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
  });

  it('a trigger sets updated_at, which the report says', async () => {
    const platform = await platforms.open(`${fleetSql(9)} ${TOUCH}`);

    expect(await platform.deploy()).toMatchObject({ Data: { MovedColumns: 'updated_at' } });
    expect(await keysOf(platform)).toEqual(RENAMED);
    await platform.undo();
    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
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

  it.each([
    ['', ''],
    [', which is for its owner, too', ', FORCE ROW LEVEL SECURITY'],
  ])('an event trigger gives every new table row-level security%s', async (_, forced) => {
    const platform = await platforms.open(fleetSql(9));
    await platform.asSuperuser(`CREATE FUNCTION protect() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made text; BEGIN
        FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
          EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY${forced}', made);
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

    expect(await keysOf(platform)).toEqual({ MODEL: 10, OTHER: 9 });
    await platform.undo();
    expect(await keysOf(platform)).toEqual({ ...LEGACY_KEYS, MODEL_PROVIDER: 10 });
    await platform.deploy();
    await expectServed(platform.service, workspaceId(10));
  });
});

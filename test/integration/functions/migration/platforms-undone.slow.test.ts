// What platforms have done to their tables since a deploy, and its undo: all is given back, or it is refused with the mend.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { undoAbove } from '../../../../functions/migration/run.ts';
import { PLATFORM_TABLES } from '../../../../local/fleet/platform-tables.ts';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { expectDocumented } from '../../../helpers/documented-refusals.ts';
import { BASELINE, down, RENAME_STEP, runOptions, stopBeforeStep, up } from '../../../helpers/engine.ts';
import {
  dumpDatabase,
  dumpRows,
  expectServed,
  fleetSql,
  type Platform,
  startPlatforms,
  workspaceId,
} from '../../../helpers/platform.ts';
import {
  encryptAnew,
  expectAccepted,
  keysOf,
  LEGACY_KEYS,
  OWN_TABLES,
  TOUCH,
} from '../../../helpers/platform-claims.ts';
import type { Service } from '../../../helpers/service.ts';

let platforms: Awaited<ReturnType<typeof startPlatforms>>;

beforeAll(async () => {
  platforms = await startPlatforms();
});

afterAll(() => platforms.close());

const stoppedBeforeRename = (service: Service): Promise<void> => stopBeforeStep(service, up, RENAME_STEP);

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
  expect(await dumpRows(service, OWN_TABLES)).toEqual(before);
};

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

    const message = expectFailure(await platform.send('Update', BASELINE), 'MigrationFailedError');

    expect(message).toMatch(SAID(1));
    expect(await keysOf(platform)).toMatchObject({ MODEL_PROVIDER: 8, MODEL: 4 });
    await platform.asOwner('ALTER TABLE workspace_secrets DISABLE TRIGGER keep');
    await platform.undo();
    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
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

    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
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

    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
  });

  it('a column was added while the rename was under way, with the value that it had', async () => {
    const platform = await platforms.open(fleetSql(9));
    const { service } = platform;
    await stoppedBeforeRename(service);
    await platform.asOwner(`ALTER TABLE workspace_secrets ADD COLUMN note text DEFAULT 'kept'`);
    const before = await dumpRows(service, OWN_TABLES);

    await platform.deploy();
    await platform.undo();

    expect(await dumpRows(service, OWN_TABLES)).toEqual(before);
  });

  it('the pick that had superseded it was encrypted anew, and a trigger has moved its updated_at', async () => {
    const platform = await platforms.open(`${TOUCH} ${fleetSql(9)}`);
    await platform.deploy();
    await encryptAnew(platform);

    await platform.undo();

    expect(await keysOf(platform)).toEqual(LEGACY_KEYS);
  });
});

describe('the search_path leads to another place than where the service has its tables, since', () => {
  it('a new schema comes first on it', async () => {
    const platform = await platforms.open(fleetSql(9));
    const before = await dumpRows(platform.service, OWN_TABLES);
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
    const before = await dumpRows(platform.service, OWN_TABLES);
    await platform.deploy();
    platform.putOwner(await platform.makeClone());

    await expectMended(platform, before, platform.owner);
  });

  it('that is another platform in a schema of its own: each has a ledger, and undoes what is its own', async () => {
    const platform = await platforms.open(`${fleetSql(9)} CREATE SCHEMA other;`);
    const { service, owner } = platform;
    const before = await dumpRows(service, OWN_TABLES);
    await platform.deploy();
    await platform.asOwner(`SET search_path = other; ${PLATFORM_TABLES}; ${fleetSql(6)}
      ALTER ROLE ${owner} SET search_path = other`);
    await platform.endSessions();

    await up(service);
    expect(await keysOf(platform, 'other.workspace_secrets')).toEqual({ MODEL: 6, OTHER: 6 });
    await down(service);
    expect(await keysOf(platform, 'other.workspace_secrets')).toEqual({
      MODEL_PROVIDER: 6,
      OTHER: 6,
      MODEL: 2,
    });
    await service.sql(`ALTER ROLE ${owner} RESET search_path`);
    await platform.endSessions();
    await platform.undo();
    expect(await dumpRows(service, OWN_TABLES)).toEqual(before);
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
      'A dry run, rolled back, failed to undo 20260519000000 in refuse(): not today',
      'DROP TRIGGER refuse ON workspace_secrets; DROP FUNCTION refuse',
    ],
    [
      'keeps the new name, by a trigger',
      `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.key := OLD.key; RETURN NEW; END $$;
       CREATE TRIGGER keep BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION keep();`,
      'A dry run, rolled back, failed to undo 20260519000000: the rows keep the new name',
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
      'The view bi depends on workspace_model_picks, which has to be dropped',
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
    const before = await dumpRows(service, OWN_TABLES);
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
    expect(await dumpRows(service, OWN_TABLES)).toEqual(before);
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

    expect(message).toMatch(/^Nothing was changed\. The view bi_.*… The whole message: the log of migrate/);
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
  const before = await dumpRows(platform.service, OWN_TABLES);
  await platform.deploy();
  await platform.asOwner(`CREATE TABLE grants (w uuid, k text, FOREIGN KEY (w, k) REFERENCES workspace_secrets (workspace_id, key) ON DELETE CASCADE);
    INSERT INTO grants VALUES ('${workspaceId(3)}', 'MODEL');`);
  await platform.undo();
  expect(await dumpRows(platform.service, OWN_TABLES)).toEqual(before);
});

it('an undo is not kept by a column that no made row fits, where those that are there do', async () => {
  const platform = await platforms.open(fleetSql(9));
  await platform.deploy();
  await platform.asOwner(`CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid()); INSERT INTO teams DEFAULT VALUES;
    ALTER TABLE workspace_secrets ADD COLUMN team uuid REFERENCES teams;
    UPDATE workspace_secrets SET team = (SELECT id FROM teams); ALTER TABLE workspace_secrets ALTER COLUMN team SET NOT NULL;`);
  await platform.undo();
  expect(await keysOf(platform)).toEqual({ MODEL_PROVIDER: 6, OTHER: 9, MODEL: 3 });
});

it('an undo is not kept by a publication of some columns, which goes together with its table', async () => {
  const platform = await platforms.open(fleetSql(9));
  const before = await dumpRows(platform.service, OWN_TABLES);
  await platform.deploy();
  await platform.asSuperuser(
    'CREATE PUBLICATION changes FOR TABLE workspace_model_history (workspace_id, id, at, action, actor)',
  );
  await platform.undo();
  expect(await dumpRows(platform.service, OWN_TABLES)).toEqual(before);
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
    expect(await keysOf(platform)).toEqual(givenBack);
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
    expect(await keysOf(platform)).toEqual(givenBack);
  });
});

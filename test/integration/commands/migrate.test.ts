// npm run migrate, as a person and a script use it.
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEPLOYMENT_SQL } from '../../../functions/database/deployment.ts';
import { endKeptSessions } from '../../../functions/database/kept-sessions.ts';
import { forCommands, resultOf, migrate as runMigrate, spawnMigrate } from '../../helpers/command-line.ts';
import { deployedAs } from '../../helpers/deployed-stack.ts';
import { BASELINE, DROP_CONSTRAINT, down, isStep, NEWEST, RENAMED } from '../../helpers/engine.ts';
import { eventually } from '../../helpers/eventually.ts';
import { countKeys, dumpTables, loadFleet } from '../../helpers/fleet-states.ts';
import { startTestStack } from '../../helpers/local-stack.ts';
import { storedPicks } from '../../helpers/stored-picks.ts';

const { stack, directory } = await forCommands(startTestStack());

const migrate = (args: string[], localDirectory = directory) => runMigrate(args, localDirectory);

describe('migrate', () => {
  beforeEach(async () => {
    await down(stack);
    await loadFleet(stack, 40);
  });

  it('counts in a plan what a run would do, and changes nothing', async () => {
    await migrate(['up', '--to', BASELINE]);
    const before = await dumpTables(stack);

    const { code, out } = await migrate(['plan', '--json']);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      pending: expect.arrayContaining([
        { version: RENAMED, name: 'workspace_secrets_model_provider_rename' },
      ]),
      renamed: 36,
      superseded: 4,
      left: 4,
      refused: [],
    });
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('shows in a plan every reason for which a deploy would be refused, and exits with 4', async () => {
    await migrate(['up', '--to', BASELINE]);
    await stack.sql(`
      ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
      ALTER TABLE workspace_secrets ADD CONSTRAINT no_model CHECK (key <> 'MODEL') NOT VALID`);
    const before = await dumpTables(stack);

    const { code, out } = await migrate(['plan', '--json']);
    const { out: text } = await migrate(['plan']);

    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      renamed: 36,
      refused: expect.arrayContaining([
        expect.stringMatching(
          /^Row-level security on public\.workspaces .* TO "<stackName>_api" USING \(true\);$/,
        ),
        expect.stringContaining('check constraint no_model'),
      ]),
    });
    expect(text).toMatch(/^refused +Row-level security/m);
    expect(await dumpTables(stack)).toEqual(before);
    await stack.sql(
      'ALTER TABLE workspaces DISABLE ROW LEVEL SECURITY; ALTER TABLE workspace_secrets DROP CONSTRAINT no_model',
    );
  });

  it('changes nothing on up where a deploy would be refused, says why, and exits with 4', async () => {
    await stack.sql(`CREATE TABLE grants (secret_id uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE);
      INSERT INTO grants SELECT id FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`);
    const before = await dumpTables(stack);

    const { code, err } = await migrate(['up']);

    expect(code).toBe(4);
    expect(err).toMatch(/^refused +Rows of grants refer by the foreign key grants_secret_id_fkey/m);
    expect(await dumpTables(stack)).toEqual(before);
    await stack.sql('DROP TABLE grants');
  });

  it('tries in a plan with the user of the stack that has been deployed', async () => {
    await stack.resetDatabase();
    await stack.sql(`CREATE ROLE reads_all_api; ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
      CREATE POLICY reads_all ON workspaces FOR SELECT TO reads_all_api USING (true)`);
    const before = await migrate(['plan']);
    await stack.sql(`${DEPLOYMENT_SQL}
      INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
      VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/reads-all/1', '', '{}')`);
    const after = await migrate(['plan']);
    await stack.resetDatabase();
    await stack.sql('DROP ROLE reads_all_api');
    expect([before.code, after.code]).toEqual([4, 0]);
  });

  it('finds a setting of the owner mended right after the plan that asked for it', async () => {
    await migrate(['up', '--to', BASELINE]);
    const owner = `ALTER ROLE CURRENT_USER IN DATABASE "${stack.databaseName}"`;
    await stack.sql(`${owner} SET search_path = pg_catalog, public`);
    await endKeptSessions(stack.executeAsOwner);

    const refused = await migrate(['plan']);
    await stack.sql(`${owner} RESET search_path`);

    expect(refused).toMatchObject({ code: 4, out: expect.stringContaining('begins with pg_catalog') });
    expect(await migrate(['plan'])).toMatchObject({ code: 0 });
  });

  it('changes nothing on down where that could not be finished, and finds the mend right afterwards', async () => {
    await migrate(['up']);
    const owner = `ALTER ROLE CURRENT_USER IN DATABASE "${stack.databaseName}"`;
    await stack.sql(`CREATE SCHEMA app; CREATE VIEW bi AS SELECT workspace_id FROM workspace_model_picks;
      ${owner} SET search_path = app, public`);
    await endKeptSessions(stack.executeAsOwner);
    const before = await dumpTables(stack);

    const refused = await migrate(['down', '--to', BASELINE]);
    await stack.sql(`${owner} RESET search_path; DROP VIEW bi`);

    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /Nothing was changed\. The service's tables are in the schema public.*The view bi depends on/,
      ),
    });
    expect(await dumpTables(stack)).toEqual(before);
    expect(await migrate(['down', '--to', BASELINE])).toMatchObject({ code: 0 });
    await stack.sql('DROP SCHEMA app');
  });

  it('renames on up, reports it in status, and gives everything back on down', async () => {
    const before = await dumpTables(stack);

    const up = await migrate(['up']);
    expect(up).toMatchObject({ code: 0, out: expect.stringContaining('36 rows renamed, 4 superseded') });
    expect(up.out).toContain(`${RENAMED} applying step`);
    expect(up.out).not.toContain('page 0 of 0');

    const { out } = await migrate(['status', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      versions: expect.arrayContaining([
        expect.objectContaining({ version: BASELINE, state: 'applied' }),
        expect.objectContaining({
          version: RENAMED,
          state: 'applied',
          finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
          rows: { renamed: 36, superseded: 4 },
        }),
      ]),
    });

    const down = await migrate(['down', '--to', BASELINE]);
    expect(down).toMatchObject({ code: 0, out: expect.stringContaining(`is at version ${BASELINE}`) });
    expect(down.out).not.toContain('rows renamed');
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('goes down to a version below which one is stale, and leaves that as it is', async () => {
    await migrate(['up']);
    await stack.sql(DROP_CONSTRAINT);
    const before = await dumpTables(stack);

    expect(await migrate(['down', '--to', RENAMED])).toMatchObject({ code: 0 });

    const { out } = await migrate(['status', '--json']);
    const states = JSON.parse(out).versions.map(({ state }: { state: string }) => state);
    expect(states).toEqual(['applied', 'stale', 'pending', 'pending']);
    expect(await dumpTables(stack)).toEqual(before);
    expect(await migrate(['down', '--to', NEWEST])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not applied yet, so there is nothing to go down to'),
    });
  });

  it('prints the status as a table without colours where no terminal shows it', async () => {
    const { out } = await migrate(['status']);

    expect(out).toMatch(/version +name +state +when \(UTC\) +rows$/m);
    expect(out).toMatch(new RegExp(`^${RENAMED} +workspace_secrets_model_provider_rename +pending$`, 'm'));
    expect(out).not.toContain('\u001b');
  });

  it('prints once what it waits for', async () => {
    let refused = 0;
    stack.aws.onCall = () =>
      ++refused > 2 ? undefined : { kind: 'error', name: 'DatabaseResumingException', status: 400 };

    const { code, err } = await migrate(['up']);

    stack.aws.onCall = undefined;
    expect(code).toBe(0);
    expect(err.match(/trying again for up to 3 minutes/g)).toHaveLength(1);
  });

  it('says first which database it works on, and waits for a passing failure of its last look, too', async () => {
    let refused = 0;
    stack.aws.onCall = ({ sql = '' }) =>
      sql.includes("'renamed'") && !isStep({ sql }) && ++refused < 8
        ? { kind: 'error', name: 'ThrottlingException', status: 400 }
        : undefined;

    const { code, err } = await migrate(['up']);

    stack.aws.onCall = undefined;
    expect(code).toBe(0);
    expect(refused).toBeGreaterThan(7);
    expect(err).toMatch(/^Working on the database of the local stack\.\n/);
  });

  it('says once that it waits for another runner, and ends by a second Ctrl-C meanwhile', async () => {
    await migrate(['up']);
    await stack.sql(`INSERT INTO workspace_model_migration_lease (token, until) VALUES ('other', clock_timestamp() + interval '1 hour')
      ON CONFLICT (only_row) DO UPDATE SET token = 'other', until = excluded.until`);
    onTestFinished(async () => {
      await stack.sql('DELETE FROM workspace_model_migration_lease');
    });
    const child = spawnMigrate(['down', '--to', BASELINE], directory);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const ended = resultOf(child);
    await eventually('it to wait', () => said).toContain('waiting for its end for up to 60 s');
    const asked = stack.aws.calls.length;
    await eventually('it to ask again', () => stack.aws.calls.length - asked).toBeGreaterThan(4);
    child.kill('SIGINT');
    await eventually('the first Ctrl-C', () => said).toContain('Stopping after the current batch');
    // One that comes right after the first is taken for the same.
    await eventually('its end', () => child.kill('SIGINT')).toBe(false);
    expect((await ended).code).toBe(130);
    expect(said.match(/Another run is migrating/g)).toHaveLength(1);
  });

  it('finds nothing to do in a second up', async () => {
    await migrate(['up']);
    const renamed = await dumpTables(stack);

    expect(await migrate(['up', '--json'])).toMatchObject({ code: 0 });
    expect(await dumpTables(stack)).toEqual(renamed);
    expect(await countKeys(stack)).toEqual({ OTHER: 40, MODEL: 40 });
  });
});

describe('wrong words', () => {
  it.each([
    [[], /Name one command/],
    [['upp'], /Name one command/],
    [['up', '--too', '1'], /--too/],
    [['up', 'down'], /Write: npm run migrate -- up$/m],
    [['status', '--to', '1'], /"status" takes no --to/],
    [['down'], /needs --to/],
    [['up', '--to', 'latest'], /14 digits/],
    [['status', '--cluster-arn', 'x'], /all of --cluster-arn/],
    [['status', '--cluster-arn', 'x', '--secret-arn', 'y', '--database', 'z'], /must look like/],
  ])('exits with 2 at the arguments %j, saying what to write', async (args, message) => {
    const { code, err } = await migrate(args);

    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('exits with 4 at an unknown version', async () => {
    expect(await migrate(['up', '--to', '99990101000000'])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/not known/),
    });
  });

  it('says to start a local stack where there is none', async () => {
    expect(await migrate(['status'], '/nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining('npm start'),
    });
  });
});

describe('--deploy', () => {
  beforeEach(async () => {
    await down(stack);
    await loadFleet(stack, 40);
    await stack.sql('DROP TABLE IF EXISTS workspace_model_deployment');
  });

  /** In a shell that reaches the cluster, with the context of a deploy that joins it, and with what is otherwise in it. */
  const ahead = (
    command: 'plan' | 'up',
    change: Record<string, string> = {},
    args: string[] = ['--json'],
  ) => {
    const context = {
      clusterArn: stack.clusterArn,
      databaseSecretArn: stack.databaseSecretArn,
      databaseName: stack.databaseName,
      encryptionKeySecretArn: stack.encryptionKeySecretArn,
      ...change,
    };
    const pairs = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    return runMigrate([command, '--deploy', ...pairs, ...args], 'nowhere', {
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_RDS_DATA: stack.aws.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: stack.aws.url,
    });
  };
  const plan = (change?: Record<string, string>, args?: string[]) => ahead('plan', change, args);

  it('shows before there is a stack what a deploy would do, and changes nothing', async () => {
    const before = await dumpTables(stack);
    const { code, out, err } = await plan();
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ renamed: 36, superseded: 4, refused: [] });
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('goes to the version of the context', async () => {
    const { out } = await plan({ targetVersion: BASELINE });
    const versions = JSON.parse(out).pending.map(({ version }: { version: string }) => version);
    expect(versions).not.toContain(RENAMED);
  });

  it('says which versions it would undo', async () => {
    await migrate(['up']);
    const rename = { version: RENAMED, name: 'workspace_secrets_model_provider_rename' };
    const { code, out } = await plan({ targetVersion: BASELINE });
    expect([code, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ undone: expect.arrayContaining([rename]), pending: [] }),
    ]);
    const text = await plan({ targetVersion: BASELINE }, []);
    expect(text.out).toMatch(new RegExp(`^being undone +${RENAMED}`, 'm'));
    expect(JSON.parse((await plan()).out)).toMatchObject({ undone: [], pending: [] });
  });

  it('shows why a deploy that undoes would be refused, and not what it does not look for', async () => {
    await migrate(['up']);
    await stack.sql(`
      CREATE VIEW bi AS SELECT workspace_id FROM workspace_model_picks;
      ALTER TABLE workspace_secrets ADD CONSTRAINT no_legacy_key CHECK (key <> 'MODEL_PROVIDER');
      ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY`);
    onTestFinished(async () => {
      await stack.sql('ALTER TABLE workspaces DISABLE ROW LEVEL SECURITY');
    });
    const before = await dumpTables(stack);
    const undo = { targetVersion: BASELINE, stackName: 'models' };
    const hiding = expect.stringContaining('Row-level security on public.workspaces');
    const refusedWith = async () => {
      const { code, out } = await plan(undo);
      return [code, JSON.parse(out).refused];
    };

    const created = await refusedWith();
    await stack.sql(`${DEPLOYMENT_SQL}
      INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
      VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/models/1', '', '{}')`);
    const updated = await refusedWith();
    await stack.sql('DROP VIEW bi');
    const withoutView = await refusedWith();
    await stack.sql('ALTER TABLE workspace_secrets DROP CONSTRAINT no_legacy_key');

    const dependent = expect.stringContaining('The view bi depends on');
    expect(created).toEqual([4, [hiding, dependent]]);
    expect(updated).toEqual([4, [dependent]]);
    expect(withoutView).toEqual([
      4,
      expect.arrayContaining([expect.stringContaining('check constraint no_legacy_key')]),
    ]);
    expect(await refusedWith()).toEqual([0, []]);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('tries the key, and says where it opens nothing or cannot be read', async () => {
    await storedPicks(stack).addPick('opus');
    const key = randomBytes(32).toString('base64');
    const other = stack.aws.secrets.put('another-key', key);
    const opensNone = [expect.stringMatching(/opens none of the stored picks/)];
    const { code, out } = await plan({ encryptionKeySecretArn: other });
    expect([code, JSON.parse(out).refused]).toEqual([4, opensNone]);
    const allowed = await plan({ encryptionKeySecretArn: other, allowMove: 'key' });
    expect([allowed.code, JSON.parse(allowed.out).refused]).toEqual([0, []]);

    const missing = await plan({ encryptionKeySecretArn: other.replace('another-key', 'missing') }, []);
    expect(missing.code).toBe(4);
    expect(missing.out).toMatch(
      /^refused +The encryption key cannot be used\..*Check encryptionKeySecretArn/m,
    );
    expect(missing.out + missing.err).not.toContain(key);
  });

  it('asks for the key of an update no more than a deploy: it keeps its own, or goes back to the one before', async () => {
    await storedPicks(stack).addPick('opus');
    const noted = (key: string, before: string) =>
      stack.sql(`DROP TABLE IF EXISTS workspace_model_deployment; ${DEPLOYMENT_SQL}
        INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
        VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/models/1', '${key}', '{"keyBefore":"${before}"}')`);
    // No operator's own rights reach it, as where it cannot be found.
    const encryptionKeySecretArn = stack.encryptionKeySecretArn.replace('secret:', 'secret:unreadable-');
    const planned = async (stackName: string) => (await plan({ encryptionKeySecretArn, stackName })).code;

    await noted(encryptionKeySecretArn, '');
    expect([await planned('models'), await planned('others')]).toEqual([0, 4]);
    await noted('', encryptionKeySecretArn);
    expect(await planned('models')).toBe(0);
    await noted('', '');
    expect(await planned('models')).toBe(4);
  });

  it('goes up and down on a deployed stack without a right on its key', async () => {
    await stack.sql(`${DEPLOYMENT_SQL}
      INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
      VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/models/1', '${stack.encryptionKeySecretArn}', '{}')`);
    const environment = {
      ...(await deployedAs('models', stack)),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
    };
    for (const words of [['up'], ['down', '--to', BASELINE], ['up']]) {
      const ran = await runMigrate([...words, '--stack', 'models'], 'nowhere', environment);
      expect(ran).toMatchObject({ code: 0 });
    }
    expect(await countKeys(stack)).toEqual({ OTHER: 40, MODEL: 40 });
  });

  it('says that a new key opens nothing, where something is encrypted and the stack has made none yet', async () => {
    const isNew = { encryptionKeySecretArn: 'new' };
    expect((await plan(isNew)).code).toBe(0);
    await storedPicks(stack).addPick('opus');
    const { code, out } = await plan(isNew);
    expect([code, JSON.parse(out).refused]).toEqual([
      4,
      [expect.stringMatching(/opens none of the stored picks/)],
    ]);
    expect((await plan({ ...isNew, allowMove: 'key' })).code).toBe(0);
    const secret = 'arn:aws:secretsmanager:us-east-1:000000000000:secret';
    const noted = (key: string) =>
      stack.sql(`DROP TABLE IF EXISTS workspace_model_deployment; ${DEPLOYMENT_SQL}
        INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
        VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/models/1', '${key}', '{}')`);
    await noted(`${secret}:EncryptionKey-Q2w3E4r5T6y7-abc123`);
    expect((await plan({ ...isNew, stackName: 'models' })).code).toBe(0);
    await noted(`${secret}:platform/key-abc123`);
    expect((await plan({ ...isNew, stackName: 'models' })).code).toBe(4);
  });

  it('says where the platform has a user of the name that the stack gives to its own', async () => {
    await stack.resetDatabase();
    await stack.sql(
      'CREATE ROLE taken_by_platform_api; CREATE TABLE own (); ALTER TABLE own OWNER TO taken_by_platform_api',
    );
    const { code, out } = await plan({ stackName: 'taken-by-platform' });
    const other = await plan();
    await stack.sql('DROP TABLE own; DROP ROLE taken_by_platform_api');
    expect([code, JSON.parse(out).refused]).toEqual([
      4,
      [expect.stringMatching(/^The database has a user taken_by_platform_api already/)],
    ]);
    expect(other.code).toBe(0);
  });

  it('renames ahead of the deploy, by up, where only its stack has been given what it needs', async () => {
    await stack.sql(`CREATE ROLE ahead_api; ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
      CREATE POLICY ahead ON workspaces FOR SELECT TO ahead_api USING (true)`);
    const other = await ahead('up');
    const to = await ahead('up', { stackName: 'ahead', targetVersion: RENAMED });
    await stack.sql(`DROP POLICY ahead ON workspaces; ALTER TABLE workspaces DISABLE ROW LEVEL SECURITY;
      DROP ROLE ahead_api`);
    expect(other).toMatchObject({ code: 4, err: expect.stringContaining('"workspace_model_api"') });
    expect([to.code, JSON.parse(to.out)]).toEqual([
      0,
      expect.objectContaining({ version: RENAMED, renamed: 36, superseded: 4 }),
    ]);
  });

  it('says where another stack migrates the database', async () => {
    await stack.sql(`${DEPLOYMENT_SQL}
      INSERT INTO workspace_model_deployment (stack_id, encryption_key, found)
      VALUES ('arn:aws:cloudformation:us-east-1:000000000000:stack/other/1', '', '{}')`);
    const { code, out } = await plan();
    expect([code, JSON.parse(out).refused]).toEqual([
      4,
      [expect.stringMatching(/^The stack other migrates/)],
    ]);
    const before = await dumpTables(stack);
    expect(await ahead('up')).toMatchObject({
      code: 4,
      err: expect.stringContaining('The stack other migrates'),
    });
    expect(await dumpTables(stack)).toEqual(before);
    expect((await plan({ stackName: 'other' })).code).toBe(0);
    expect((await plan({ allowMove: 'stack' })).code).toBe(0);
  });

  it.each([
    [['plan', '-c', 'database=own'], /database=own makes a new cluster.*--stack/],
    [['plan', '-c', 'nothing'], /-c is "nothing"\. Write -c key=value/],
    [['plan', '--deploy'], /No database is named/],
    [['plan', '-c', 'clusterArn=platform'], /clusterArn is "platform"; write the ARN/],
    [['plan', '--deploy', '--stack', 'models'], /Name a stack, a cluster or the next deploy/],
    [['up', '--deploy'], /No database is named/],
    [['down', '--deploy', '--to', BASELINE], /"down" takes no --deploy/],
    [['status', '--deploy'], /"status" takes no --deploy/],
  ])('refuses what cannot be meant: %j', async (args, message) => {
    expect(await migrate(args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  });
});

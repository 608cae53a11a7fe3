// CloudFormation's whole life with the migrate function, event by event, over the wire.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { event, expectDeployRefused, succeed } from '../../../helpers/deploys.ts';
import { error } from '../../../helpers/disturbances.ts';
import { BASELINE, DROP_CONSTRAINT, down, isStep, RENAMED, up } from '../../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

/** A release to come, whatever the year. */
const NEXT = '99990101000000';
const LEGACY = { MODEL_PROVIDER: 30, OTHER: 30, MODEL: 3 };
const MODERN = { OTHER: 30, MODEL: 30 };

let next: string;
let previous: string;
let stack: TestStack;
let stackOfNext: TestStack;
let stackOfPrevious: TestStack;

/** The migrate function of another release on the same database: it has other files. */
const otherRelease = (migrationsDirectory: string) =>
  startTestStack({ tables: false, sharedDatabaseUrl: stack.databaseUrl, migrationsDirectory });

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'releases-'));
  next = join(directory, 'next');
  previous = join(directory, 'previous');
  cpSync(MIGRATIONS_DIRECTORY, next, { recursive: true });
  cpSync(MIGRATIONS_DIRECTORY, previous, { recursive: true, filter: (file) => !file.includes('rename') });
  stack = await startTestStack();
  stackOfNext = await otherRelease(next);
  stackOfPrevious = await otherRelease(previous);
});

afterAll(async () => {
  await Promise.all([stackOfNext.close(), stackOfPrevious.close()]);
  await stack.close();
  rmSync(join(next, '..'), { recursive: true });
});

beforeEach(async () => {
  await stack.resetDatabase();
  await loadFleet(stack, 30);
});

const writeNext = (up: string) => {
  writeFileSync(join(next, `${NEXT}_next_release.up.sql`), up);
  writeFileSync(join(next, `${NEXT}_next_release.down.sql`), 'DROP TABLE IF EXISTS next_release;');
};

describe('Create', () => {
  it('renames on Create, and reports in strings', async () => {
    const data = await succeed(stack, event('Create', RENAMED));

    expect(data).toMatchObject({
      Version: RENAMED,
      Renamed: '27',
      Superseded: '3',
      Suspects: '0',
      SuspectWorkspaces: 'none',
    });
    expect(Number(data['Batches'])).toBeGreaterThan(0);
    expect(await countKeys(stack)).toEqual(MODERN);
  });

  it('changes nothing on a Create over a renamed database, and reports the same rows', async () => {
    await succeed(stack, event('Create', RENAMED));
    const renamed = await dumpTables(stack);

    expect(await succeed(stack, event('Create', RENAMED))).toMatchObject({ Renamed: '27', Superseded: '3' });
    expect(await dumpTables(stack)).toEqual(renamed);
  });

  it('leaves the database as it was after a Create that fails half-way, because no Delete will come', async () => {
    const before = await dumpTables(stack);
    writeNext('CREATE TABLE next_release (id int); SELECT 1 / 0;');

    await expectDeployRefused(
      stackOfNext,
      event('Create', NEXT),
      'MigrationFailedError',
      /step 2.*division by zero.*22012/,
    );

    expect(await dumpTables(stack)).toEqual(before);
    expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
      { ledger: null },
    ]);
    expect(await stack.sql(`SELECT to_regclass('next_release') AS name`)).toEqual([{ name: null }]);
  });

  it('goes back to where it began, and not to what an earlier run left half-way', async () => {
    const before = await dumpTables(stack);
    let steps = 0;
    const stopReason = () => (++steps > 3 ? { reason: 'Stopped.', advice: 'Go on.' } : undefined);
    await expect(up(stack, { stopReason, maxBatchPages: 1 })).rejects.toMatchObject({
      name: 'NotFinishedError',
    });
    writeNext('SELECT 1 / 0;');

    await expectDeployRefused(stackOfNext, event('Create', NEXT), 'MigrationFailedError', /division by zero/);

    expect(await dumpTables(stack)).toEqual(before);
    expect(await stack.sql('SELECT version, state FROM workspace_model_migrations')).toEqual([
      { version: BASELINE, state: 'applied' },
    ]);
  });

  it('goes back no further than to a rename that it applied again, since its constraint was gone', async () => {
    await up(stack);
    await stack.sql(DROP_CONSTRAINT);
    writeNext('SELECT 1 / 0;');

    await expectDeployRefused(stackOfNext, event('Create', NEXT), 'MigrationFailedError', /division by zero/);

    expect(await countKeys(stack)).toEqual(MODERN);
    expect(await stack.sql('SELECT version, state FROM workspace_model_migrations ORDER BY 1')).toEqual([
      { version: BASELINE, state: 'applied' },
      { version: RENAMED, state: 'applied' },
    ]);
  });

  it("leaves another runner's work to it", async () => {
    let steps = 0;
    stack.aws.onCall = (call) => {
      if (!isStep(call)) {
        return undefined;
      }
      steps += 1;
      if (steps !== 4) {
        return undefined;
      }
      return {
        kind: 'held',
        until: stack.sql(`UPDATE workspace_model_migration_lease
          SET token = 'other', until = clock_timestamp() + interval '1 s'`),
      };
    };
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    await expectDeployRefused(
      stack,
      event('Create', RENAMED),
      'AnotherRunnerError',
      /Wait until it has ended/,
    );

    expect(
      await stack.sql(`SELECT state FROM workspace_model_migrations WHERE version = '${RENAMED}'`),
    ).toEqual([{ state: 'applying' }]);
  });

  it('renames once where one Create comes three times at once', async () => {
    const sent = event('Create', RENAMED);

    const answers = await Promise.all([succeed(stack, sent), succeed(stack, sent), succeed(stack, sent)]);

    for (const data of answers) {
      expect(data).toMatchObject({ Renamed: '27', Superseded: '3' });
    }
    expect(await countKeys(stack)).toEqual(MODERN);
  });

  it('judges a database again that another run has moved while it was tried', async () => {
    let moving: Promise<void> | undefined;
    stack.aws.onCall = ({ sql = '' }) => {
      if (moving !== undefined || !sql.includes('trial:')) {
        return undefined;
      }
      moving = up(stack);
      return { kind: 'held', until: moving };
    };
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    await succeed(stack, event('Create', RENAMED));
    await expect(moving).resolves.toBeUndefined();
    expect(await countKeys(stack)).toEqual(MODERN);
  });

  it('judges an undo again that another run has done while it was tried', async () => {
    await succeed(stack, event('Create', RENAMED));
    let undoing: Promise<void> | undefined;
    stack.aws.onCall = ({ sql = '' }) => {
      if (undoing !== undefined || !sql.includes('trial:')) {
        return undefined;
      }
      undoing = down(stack);
      return { kind: 'held', until: undoing };
    };
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    await down(stack);
    await expect(undoing).resolves.toBeUndefined();
    expect(await countKeys(stack)).toEqual(LEGACY);
  });

  it('looks again at rows that refer to picks where AWS throttles the look', async () => {
    await stack.sql(`CREATE TABLE usage (secret uuid REFERENCES workspace_secrets (id) ON DELETE CASCADE)`);
    let looks = 0;
    stack.aws.onCall = ({ sql }) =>
      sql?.includes(' AS held') && ++looks < 8 ? error('ThrottlingException', 400) : undefined;
    onTestFinished(async () => {
      stack.aws.onCall = undefined;
      await stack.sql('DROP TABLE usage');
    });

    await succeed(stack, event('Create', RENAMED));

    expect(looks).toBeGreaterThan(7);
  });

  it('refuses to join a database without the platform tables, naming what it lacks', async () => {
    const empty = await startTestStack({ tables: false });

    await expectDeployRefused(
      empty,
      event('Create', RENAMED),
      'DatabaseSetupError',
      /lacks workspaces\.id.*databaseName/,
    );
    expect(await empty.sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await empty.close();
  });

  it.each([
    ['cannot be read', () => ({ kind: 'error', name: 'ResourceNotFoundException', status: 400 }) as const],
    ['holds no key', () => undefined],
  ])('refuses an encryption key that %s before anything is touched', async (_, fault) => {
    const before = await dumpTables(stack);
    const keyName = 'workspace-model/encryption-key';
    stack.aws.secrets.put(keyName, 'too short');
    stack.aws.onCall = ({ operation }) => (operation === 'GetSecretValue' ? fault() : undefined);
    await stack.functions.migrate.kill();

    await expectDeployRefused(
      stack,
      event('Create', RENAMED),
      'DatabaseSetupError',
      /encryption key cannot be used\..*Nothing was changed\. Check encryptionKeySecretArn/,
    );
    stack.aws.onCall = undefined;
    stack.aws.secrets.put(keyName, stack.encryptionKey);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it.each([
    ['rights to rds-data that IAM has not spread yet', 'rds-data', error('ForbiddenException', 403)],
    ['a secret that the Data API cannot read yet', 'rds-data', error('SecretsErrorException', 400)],
    [
      'rights to secretsmanager that IAM has not spread yet',
      'secretsmanager',
      error('AccessDeniedException', 400),
    ],
    [
      'a proxy that answers for secretsmanager',
      'secretsmanager',
      { kind: 'answer', status: 200, body: '<html>' },
    ],
  ] as const)('waits for %s', async (_, denying, fault) => {
    await stack.functions.migrate.kill();
    let denied = 0;
    stack.aws.onCall = ({ service }) => {
      if (service !== denying || denied > 1) {
        return undefined;
      }
      denied += 1;
      return fault;
    };
    try {
      await succeed(stack, event('Create', RENAMED));
      expect(denied).toBe(2);
    } finally {
      stack.aws.onCall = undefined;
    }
  });

  it('reports the workspaces whose renamed row holds no model id', async () => {
    await stack.sql(`UPDATE workspace_secrets SET encrypted_value = 'minimax' WHERE key = 'MODEL_PROVIDER'
      AND workspace_id IN (SELECT id FROM workspaces WHERE name IN ('w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w10'))`);

    const data = await succeed(stack, event('Create', RENAMED));

    expect(data).toMatchObject({ Suspects: '6' });
    expect(data['SuspectWorkspaces']?.split(',')).toHaveLength(5);
  });

  it('answers within 4,096 bytes where 10,000 rows are superseded', async () => {
    await stack.sql(`INSERT INTO workspaces (name) SELECT 'c' FROM generate_series(1, 10000)`);
    await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
      SELECT id, key, 'minimax' FROM workspaces, unnest(ARRAY['MODEL', 'MODEL_PROVIDER']) AS key WHERE name = 'c'`);

    expect(await succeed(stack, event('Create', RENAMED))).toMatchObject({
      Renamed: '27',
      Superseded: '10003',
    });
  });
});

describe('Update', () => {
  it('goes up to the target of an Update, and says that the next one has not tried the rename', async () => {
    await succeed(stack, event('Create', BASELINE));
    expect(await countKeys(stack)).toEqual(LEGACY);

    const renamed = { Version: RENAMED, Renamed: '27' };
    expect(await succeed(stack, event('Update', RENAMED))).toMatchObject({
      ...renamed,
      MovedColumns: 'none',
    });
    expect(await succeed(stack, event('Update', RENAMED))).toMatchObject({
      ...renamed,
      MovedColumns: 'not tried',
    });
  });

  it('takes a failed Update back by the swapped Update', async () => {
    await succeed(stack, event('Create', BASELINE));
    const before = await dumpTables(stack);
    writeNext('CREATE TABLE next_release (id int); SELECT 1 / 0;');

    await expectDeployRefused(stackOfNext, event('Update', NEXT), 'MigrationFailedError', /division by zero/);
    await succeed(stackOfNext, event('Update', BASELINE));

    expect(await dumpTables(stack)).toEqual(before);
    expect(await stack.sql(`SELECT to_regclass('next_release') AS name`)).toEqual([{ name: null }]);
  });

  it('takes an Update back as the previous release, which never saw its files', async () => {
    await succeed(stackOfPrevious, event('Create', BASELINE));
    const before = await dumpTables(stack);
    await succeed(stack, event('Update', RENAMED));

    const data = await succeed(stackOfPrevious, event('Update', BASELINE));

    expect(data).toMatchObject({ Version: BASELINE, Renamed: '0' });
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('takes an Update back as the previous release where it stopped half-way', async () => {
    await succeed(stackOfPrevious, event('Create', BASELINE));
    const before = await dumpTables(stack);
    writeNext('CREATE TABLE next_release (id int); SELECT 1 / 0;');
    await expectDeployRefused(stackOfNext, event('Update', NEXT), 'MigrationFailedError', /division by zero/);

    await succeed(stackOfPrevious, event('Update', BASELINE));

    expect(await dumpTables(stack)).toEqual(before);
  });
});

describe('a target', () => {
  it.each([
    ['99990101000000', /not known/],
    ['00000000000000'.replace(/0$/, '1'), /not known/],
  ])('refuses the unknown target %s before anything is touched', async (target, message) => {
    const before = await dumpTables(stack);

    await expectDeployRefused(stack, event('Create', target), 'HistoryError', message);
    expect(await dumpTables(stack)).toEqual(before);
    expect(await stack.sql(`SELECT to_regclass('workspace_model_migrations') AS ledger`)).toEqual([
      { ledger: null },
    ]);
  });

  it.each(['', '1', 'latest'])('refuses "%s" as a target, because it is no version', async (target) => {
    await expectDeployRefused(stack, event('Update', target), 'InvalidRequestError', /14 digits/);
  });
});

describe('history', () => {
  it('refuses a migration that was edited after it was applied, naming the file', async () => {
    writeNext('CREATE TABLE next_release (id int);');
    await succeed(stackOfNext, event('Create', NEXT));
    writeNext('CREATE TABLE next_release (id bigint);');

    await expectDeployRefused(
      stackOfNext,
      event('Update', NEXT),
      'HistoryError',
      /next_release\.up\.sql was changed/,
    );
  });

  it('accepts a migration whose file declares the form that was applied', async () => {
    const applied = 'CREATE TABLE next_release (id int);';
    writeNext(applied);
    await succeed(stackOfNext, event('Create', NEXT));
    const checksum = createHash('sha256').update(applied).digest('hex');
    writeNext(`-- @supersedes ${checksum}\nCREATE TABLE next_release (id integer);`);

    expect(await succeed(stackOfNext, event('Update', NEXT))).toMatchObject({ Version: NEXT });
  });

  it('refuses a migration that was put below what is applied, naming the file', async () => {
    writeNext('CREATE TABLE next_release (id int);');
    await succeed(stackOfNext, event('Create', NEXT));
    const between = join(next, '99981231000000_late.up.sql');
    writeFileSync(between, 'SELECT 1;');
    writeFileSync(between.replace('.up.', '.down.'), 'SELECT 1;');

    await expectDeployRefused(stackOfNext, event('Update', NEXT), 'HistoryError', /late\.up\.sql is below/);
    rmSync(between);
    rmSync(between.replace('.up.', '.down.'));
  });
});

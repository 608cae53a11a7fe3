// A stack's creation that comes to its end or does not: what is settled stays, and anything else goes back by itself.
import { randomBytes } from 'node:crypto';
import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { dropEmptyLedger } from '../../../../functions/database/ledger.ts';
import { run, undoAbove } from '../../../../functions/migration/run.ts';
import { expectFailure, expectSuccess } from '../../../helpers/claims.ts';
import { event, INVENTED_ID, phaseEvent, STACK_ID, succeed } from '../../../helpers/deploys.ts';
import { error, isDataApi } from '../../../helpers/disturbances.ts';
import { BASELINE, isNotingDone, isStep, NEWEST, runOptions } from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

/** Users belong to the server, which all tests share. */
const API_USER = `api_${randomBytes(8).toString('hex')}`;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ apiUser: { username: API_USER, password: 'api' } });
});

afterAll(() => stack.close());

beforeEach(async () => {
  await stack.resetDatabase();
  await loadFleet(stack, 30);
});

const isTrial = ({ sql = '' }: { sql?: string }) => sql.includes('trial:');
const isNote = ({ sql = '' }: { sql?: string }) => sql.includes('INSERT INTO workspace_model_deployment');

const send = async (sent: object) => expectSuccess(await stack.invoke('migrate', sent));
const settle = () => send(phaseEvent('Create', 'settle'));
const invented = { PhysicalResourceId: INVENTED_ID };
const real = { PhysicalResourceId: 'workspace-model-schema' };

/** Every table, function and role that is ours, so that nothing is left behind unseen. */
const objectsOf = async () =>
  stack.sql(`SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1`);

const userOf = () => stack.sql('SELECT rolname FROM pg_roles WHERE rolname = $1', [API_USER]);

const stateOf = async () => ({
  tables: await dumpTables(stack),
  objects: await objectsOf(),
  user: await userOf(),
});

describe('a creation that fails after the migration', () => {
  it.each([
    ["the migration's Delete", () => event('Delete', NEWEST, real)],
    [
      "the migration's Delete with an id that CloudFormation made up",
      () => event('Delete', NEWEST, invented),
    ],
    ['the Delete of the resource before it', () => phaseEvent('Delete', 'begin')],
  ])('goes back to what it found by %s, which claims no id of its own', async (_, deleted) => {
    const before = await stateOf();
    await send(phaseEvent('Create', 'begin'));
    expect(await stateOf()).toEqual(before);
    await succeed(stack, event('Create', NEWEST));

    expect(await send(deleted())).toEqual({});

    expect(await stateOf()).toEqual(before);
  });

  it('ends every session that is kept of its user, since the next creation makes another one of that name', async () => {
    expect(await userOf()).toEqual([]);
    await succeed(
      stack,
      event('Create', NEWEST, { ResourceProperties: { ApiUserSecretArn: stack.apiUserSecretArn } }),
    );
    const sql = 'SELECT 1 FROM pg_sleep(0.3)';
    const atOnce = Array.from({ length: 4 }, () =>
      stack.rdsData.send(
        new ExecuteStatementCommand({ ...stack.target, secretArn: stack.apiUserSecretArn, sql }),
      ),
    );
    await Promise.all(atOnce);
    const kept = await stack.sql<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE usename = $1', [
      API_USER,
    ]);
    expect(kept.length).toBeGreaterThanOrEqual(atOnce.length);

    await send(event('Delete', NEWEST, real));

    const pids = kept.map(({ pid }) => pid);
    const left = () => stack.sql('SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1)', [pids]);
    await eventually('the end of those sessions', left).toEqual([]);
  });

  it('goes back once, however many Deletes come', async () => {
    const before = await stateOf();
    await succeed(stack, event('Create', NEWEST));

    for (const sent of [
      event('Delete', NEWEST, real),
      event('Delete', NEWEST, real),
      phaseEvent('Delete', 'begin'),
    ]) {
      expect(await send(sent)).toEqual({});
      expect(await stateOf()).toEqual(before);
    }
  });

  it.each([
    ['in the middle of it', isStep, 6],
    ['before it had noted itself', isNote, 1],
  ])('goes back where the function was killed %s', async (_, isMoment, times) => {
    const before = await stateOf();
    let met = 0;
    stack.aws.onCall = (call) => {
      met += Number(isMoment(call));
      // For good: what came through later would be met by another test.
      return met === times ? { kind: 'held', until: new Promise(() => {}) } : undefined;
    };
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });
    const creating = stack.invoke('migrate', event('Create', NEWEST));
    await eventually('the moment', () => met).toBe(times);
    await stack.functions.migrate.kill();
    expect(await creating).toMatchObject({ failed: true });
    stack.aws.onCall = undefined;

    // The framework keeps back the Delete of a Create that failed.
    expect(await send(phaseEvent('Delete', 'begin'))).toEqual({});

    expect(await stateOf()).toEqual(before);
  });

  it('keeps what had been applied before it, and what a repeated Create finds is not its own work', async () => {
    await succeed(stack, event('Create', '20260519000000', { StackId: 'stack-before' }));
    await send(phaseEvent('Create', 'settle', { StackId: 'stack-before' }));
    await send(event('Delete', NEWEST, { StackId: 'stack-before', ...real }));
    const before = await stateOf();

    const create = event('Create', NEWEST);
    await succeed(stack, create);
    await succeed(stack, create);
    await send(event('Delete', NEWEST, real));

    expect(await stateOf()).toEqual(before);
  });

  it('goes back also where an update has gone on with it, and has failed, too', async () => {
    const before = await stateOf();
    await succeed(stack, event('Create', NEWEST));
    await succeed(stack, event('Update', NEWEST));

    await send(event('Delete', NEWEST, real));

    expect(await stateOf()).toEqual(before);
  });

  it('goes back also where its last resource was made and CloudFormation never heard of it', async () => {
    const before = await stateOf();
    await succeed(stack, event('Create', NEWEST));
    await settle();

    await send(phaseEvent('Delete', 'settle', invented));
    await send(event('Delete', NEWEST, real));

    expect(await stateOf()).toEqual(before);
  });

  it('goes back also where its last resource is made only after that was deleted', async () => {
    const before = await stateOf();
    await succeed(stack, event('Create', NEWEST));

    await send(phaseEvent('Delete', 'settle', invented));
    await settle();
    await send(event('Delete', NEWEST, real));

    expect(await stateOf()).toEqual(before);
  });
});

describe('a Create that comes twice', () => {
  const failing = async (action: () => Promise<unknown>) => {
    stack.aws.onCall = (call) =>
      isNotingDone(call) ? error('DatabaseErrorException', 400, 'SQLState: 42501') : undefined;
    try {
      await action();
    } finally {
      stack.aws.onCall = undefined;
    }
  };

  it('takes nothing back by a repetition that fails, for the first one was answered', async () => {
    const create = event('Create', NEWEST);
    await succeed(stack, create);
    const renamed = await dumpTables(stack);

    await failing(async () => expect(await stack.invoke('migrate', create)).toMatchObject({ failed: true }));

    expect(await dumpTables(stack)).toEqual(renamed);
    await settle();
  });

  it('takes nothing back by one that fails after the other was answered, both having begun together', async () => {
    const create = event('Create', NEWEST);
    let done = 0;
    stack.aws.onCall = (call) =>
      isNotingDone(call) && ++done > 1
        ? [{ kind: 'delay', ms: 2_000 }, error('DatabaseErrorException', 400, 'SQLState: 42501')]
        : undefined;
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    const answers = await Promise.all([stack.invoke('migrate', create), stack.invoke('migrate', create)]);

    expect(answers.filter(({ failed }) => failed)).toHaveLength(1);
    expect(await stack.sql(`SELECT FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`)).toEqual([]);
    stack.aws.onCall = undefined;
    await settle();
  });

  it('goes back where its report fails', async () => {
    const before = await dumpTables(stack);
    stack.aws.onCall = ({ sql = '' }) =>
      sql.includes("FILTER (WHERE kind = 'renamed')")
        ? error('DatabaseErrorException', 400, 'SQLState: 42501')
        : undefined;
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    expect(await stack.invoke('migrate', event('Create', NEWEST))).toMatchObject({ failed: true });

    expect(await dumpTables(stack)).toEqual(before);
  });

  it('is no creation whose last resource is made where the migration was taken back', async () => {
    await failing(async () =>
      expect(await stack.invoke('migrate', event('Create', NEWEST))).toMatchObject({ failed: true }),
    );
    expect(
      expectFailure(await stack.invoke('migrate', phaseEvent('Create', 'settle')), 'MigrationFailedError'),
    ).toMatch('The stack was deleted');
  });
});

it('refuses one of two stacks that are created at once on one database, and leaves the other its work', async () => {
  const stacks = ['one', 'two'].map((name) => STACK_ID.replace('workspace-model', name));

  const answers = await Promise.all(
    stacks.map((StackId) => stack.invoke('migrate', event('Create', NEWEST, { StackId }))),
  );

  const [refused, ...others] = answers.filter(({ failed }) => failed);
  expect(others).toEqual([]);
  expect(refused?.result).toMatchObject({ errorMessage: expect.stringMatching('Another stack has begun') });
  expect(await stack.sql(`SELECT FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`)).toEqual([]);
  const winner = stacks[answers.findIndex(({ failed }) => !failed)];
  expect(await stack.sql('SELECT stack_id FROM workspace_model_deployment')).toEqual([{ stack_id: winner }]);
});

describe('a run that is stopped anywhere', () => {
  const stopAfter = (batches: number) => {
    let asked = 0;
    return () => {
      asked += 1;
      return asked > batches ? { reason: 'Stopped.', advice: '' } : undefined;
    };
  };
  /** Whether the run came to its end before it was stopped. */
  const runUntil = async (batches: number, target: string): Promise<boolean> => {
    try {
      await run(runOptions(stack, { stopReason: stopAfter(batches), maxBatchPages: 1 }), target);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: 'NotFinishedError' });
      return false;
    }
  };

  it('on its way up gives everything back', async () => {
    const before = await stateOf();
    let batches = 0;
    for (let ended = false; !ended; batches += 1) {
      ended = await runUntil(batches, NEWEST);
      await undoAbove(runOptions(stack), '');
      await dropEmptyLedger(stack.executeAsOwner);
      expect(await stateOf(), `stopped after ${batches} batches`).toEqual(before);
    }
    expect(batches).toBeGreaterThan(15);
  });

  it('on its way down can turn round', async () => {
    await runUntil(1_000, NEWEST);
    const renamed = await stateOf();
    let batches = 0;
    for (let ended = false; !ended; batches += 1) {
      ended = await runUntil(batches, BASELINE);
      await runUntil(1_000, NEWEST);
      expect(await stateOf(), `stopped after ${batches} batches`).toEqual(renamed);
    }
    expect(batches).toBeGreaterThan(5);
  });
});

describe('a Delete while the Create still runs', () => {
  const moments: Record<string, (sql: string) => boolean> = {
    rename: (sql) => isStep({ sql }) && sql.includes("SET key = 'MODEL'"),
    'setting up of the API user': (sql) => sql.includes('PASSWORD %L'),
    'last note, when all else is done': (sql) => isNotingDone({ sql }),
  };

  it.each(Object.entries(moments))(
    'stops it in its %s, and leaves nothing of it',
    async (moment, isMoment) => {
      const before = await stateOf();
      let reached = false;
      stack.aws.onCall = (call) => {
        if (reached || isTrial(call) || !isMoment(call.sql ?? '')) {
          return undefined;
        }
        reached = true;
        return { kind: 'delay', ms: 2_000 };
      };
      onTestFinished(() => {
        stack.aws.onCall = undefined;
      });
      const properties = { ResourceProperties: { ApiUserSecretArn: stack.apiUserSecretArn } };
      const creating = stack.invoke('migrate', event('Create', NEWEST, properties));
      await eventually(`its ${moment}`, () => reached).toBe(true);

      expect(await send(event('Delete', NEWEST, invented))).toEqual({});

      expect(await creating).toMatchObject({ failed: true });
      expect(await stateOf()).toEqual(before);
    },
  );
});

it('never begins where its stack was deleted while it waited for a lock', async () => {
  const before = await dumpTables(stack);
  const steps = () => stack.aws.calls.filter(isStep).length;
  const stepsBefore = steps();
  let creating: ReturnType<typeof stack.invoke> | undefined;
  await stack.inTransaction('SELECT FROM workspace_secrets', async () => {
    creating = stack.invoke('migrate', event('Create', NEWEST));
    await eventually('the trial', () => stack.aws.calls.filter(isTrial).length).toBeGreaterThan(1);
    await send(event('Delete', NEWEST, invented));
    await send(phaseEvent('Delete', 'begin'));
  });

  expect(expectFailure((await creating) ?? expect.fail(), 'MigrationFailedError')).toBe(
    'The stack was deleted while this deploy ran.',
  );
  expect(steps()).toBe(stepsBefore);
  expect(await dumpTables(stack)).toEqual(before);
  await succeed(stack, event('Create', NEWEST, { StackId: 'stack-after' }));
});

describe('a settled stack', () => {
  const destroy = async () => {
    await send(phaseEvent('Delete', 'settle', { PhysicalResourceId: 'workspace-model-settle' }));
    await send(event('Delete', NEWEST, real));
    await send(phaseEvent('Delete', 'begin'));
  };

  it('leaves the rows renamed when it is destroyed', async () => {
    await succeed(stack, event('Create', NEWEST));
    await settle();
    const renamed = await dumpTables(stack);

    await destroy();

    expect(await dumpTables(stack)).toEqual(renamed);
  });

  it('leaves them renamed also where the database refuses the login for a moment', async () => {
    await succeed(stack, event('Create', NEWEST));
    await settle();
    const renamed = await dumpTables(stack);
    let refused = 0;
    stack.aws.onCall = (call) =>
      isDataApi(call) && ++refused <= 2
        ? error('DatabaseErrorException', 400, 'ERROR: refused; SQLState: 28P01')
        : undefined;
    onTestFinished(() => {
      stack.aws.onCall = undefined;
    });

    await destroy();

    expect(await dumpTables(stack)).toEqual(renamed);
  });

  it('leaves them renamed also where its last resource could not be deleted, and was retained', async () => {
    await succeed(stack, event('Create', NEWEST));
    await settle();
    const renamed = await dumpTables(stack);

    await send(event('Delete', NEWEST, real));
    await send(phaseEvent('Delete', 'begin'));

    expect(await dumpTables(stack)).toEqual(renamed);
    expect(await stack.sql('SELECT stack_id FROM workspace_model_deployment')).toEqual([]);
  });

  it('is destroyed also while a session reads its ledger', async () => {
    await succeed(stack, event('Create', NEWEST));
    await settle();

    await stack.inTransaction('SELECT FROM workspace_model_migrations', destroy);
  });

  it('is one that release 1.0 had deployed, which noted nothing', async () => {
    await succeed(stack, event('Create', NEWEST));
    await stack.sql('DROP TABLE workspace_model_deployment');
    await succeed(stack, event('Update', NEWEST));
    const renamed = await dumpTables(stack);

    await send(event('Delete', NEWEST, real));

    expect(await dumpTables(stack)).toEqual(renamed);
  });
});

it('is no obstacle to removing a stack that its database is gone', async () => {
  stack.aws.onCall = ({ service }) =>
    service === 'rds-data' ? { kind: 'error', name: 'DatabaseNotFoundException', status: 404 } : undefined;
  onTestFinished(() => {
    stack.aws.onCall = undefined;
  });
  for (const sent of [
    phaseEvent('Delete', 'settle', { PhysicalResourceId: 'workspace-model-settle' }),
    event('Delete', NEWEST, real),
    event('Delete', NEWEST, invented),
    phaseEvent('Delete', 'begin'),
  ]) {
    expect(await send(sent)).toEqual({});
  }
});

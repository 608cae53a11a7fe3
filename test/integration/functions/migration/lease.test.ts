// One runner at a time: who has the lease, who waits for it, and what happens to somebody else's.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunProgress, undoAbove } from '../../../../functions/migration/run.ts';
import {
  afterAnother,
  BASELINE,
  down,
  isStep,
  RENAME_STEP,
  runOptions,
  stopBeforeStep,
  up,
} from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { countKeys, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const LEGACY = { MODEL_PROVIDER: 100, OTHER: 100, MODEL: 10 };
const RENAMED = { OTHER: 100, MODEL: 100 };

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

beforeEach(async () => {
  stack.aws.onCall = undefined;
  await stack.resetDatabase();
  await down(stack);
  await loadFleet(stack, 100);
});

const giveLease = (token: string, until: string) =>
  stack.sql(`
    INSERT INTO workspace_model_migration_lease (token, until) VALUES ('${token}', ${until})
    ON CONFLICT (only_row) DO UPDATE SET token = excluded.token, until = excluded.until`);

/** Whose lease has not ended. */
const holders = () =>
  stack.sql('SELECT token FROM workspace_model_migration_lease WHERE until > clock_timestamp()');

it('waits for another runner, and takes its lease only when that has ended', async () => {
  await giveLease('other', `clock_timestamp() + interval '1500 ms'`);
  const [lease] = await stack.sql<{ until: string }>(
    'SELECT until::text FROM workspace_model_migration_lease',
  );

  await up(stack);

  expect(await countKeys(stack)).toEqual(RENAMED);
  expect(
    await stack.sql(
      `SELECT started_at >= $1::timestamptz AS "isAfterLease" FROM workspace_model_migrations
       WHERE version <> '${BASELINE}'`,
      [lease?.until],
    ),
  ).toEqual([{ isAfterLease: true }]);
});

it('changes nothing while another runner has the lease', async () => {
  await giveLease('other', `clock_timestamp() + interval '1 hour'`);
  let calls = 0;
  stack.aws.onCall = () => {
    calls += 1;
    return undefined;
  };

  const running = up(stack);
  await eventually('the third try for the lease', () => calls).toBeGreaterThan(8);

  expect(await holders()).toEqual([{ token: 'other' }]);
  expect(await countKeys(stack)).toEqual(LEGACY);
  await giveLease('other', `clock_timestamp() - interval '1 ms'`);
  await running;
  expect(await countKeys(stack)).toEqual(RENAMED);
});

it('waits for another runner that is in the middle of a batch, and has the lease locked', async () => {
  await giveLease('other', `clock_timestamp() - interval '1 ms'`);
  const calls = () => stack.aws.calls.filter(({ outcome }) => outcome !== 'pending').length;
  const before = calls();

  const { running } = await stack.inTransaction(
    'SELECT FROM workspace_model_migration_lease FOR UPDATE',
    async () => {
      const running = up(stack);
      await eventually('a second try for the lease', calls).toBeGreaterThan(before + 5);
      return { running };
    },
  );
  await running;

  expect(await countKeys(stack)).toEqual(RENAMED);
});

it('renews its lease with every step', async () => {
  let hasEnded = false;
  let renewed: Promise<unknown[]> | undefined;
  stack.aws.onCall = (call) => {
    if (hasEnded && renewed === undefined) {
      renewed = holders();
      return { kind: 'held', until: renewed };
    }
    if (hasEnded || !isStep(call)) {
      return undefined;
    }
    hasEnded = true;
    return {
      kind: 'held',
      until: stack.sql('UPDATE workspace_model_migration_lease SET until = clock_timestamp()'),
    };
  };

  await up(stack);

  expect(await renewed).toEqual([{ token: expect.any(String) }]);
});

it('leaves a lease alone that another runner has taken meanwhile', async () => {
  let taken = false;
  stack.aws.onCall = (call) => {
    if (taken || !isStep(call)) {
      return undefined;
    }
    taken = true;
    return { kind: 'held', until: giveLease('other', `clock_timestamp() + interval '1 hour'`) };
  };

  await expect(up(stack)).rejects.toMatchObject({ name: 'AnotherRunnerError' });

  expect(await holders()).toEqual([{ token: 'other' }]);
});

it('has no lease left when it has ended', async () => {
  await up(stack);
  expect(await holders()).toEqual([]);
});

it('makes the ledger once where many first runs start together', async () => {
  await stack.resetDatabase();
  await loadFleet(stack, 100);
  const before = stack.aws.calls.length;

  await Promise.all(Array.from({ length: 6 }, () => up(stack)));

  const made = stack.aws.calls.slice(before).filter(({ sql = '' }) => sql.includes('CREATE TABLE IF NOT'));
  expect(made.length).toBeGreaterThanOrEqual(6);
  expect(made.filter(({ outcome }) => outcome === 'DatabaseErrorException')).toEqual([]);
  expect(await countKeys(stack)).toEqual(RENAMED);
});

describe('a runner that comes late to what another one of the same request has done', () => {
  const token = 'the same request';
  let states: string[];
  const onProgress = ({ state }: RunProgress) => {
    states.push(state);
  };

  beforeEach(() => {
    states = [];
  });

  const other = () => up(stack, { token });
  const late = (words: string) =>
    up(stack, { token, onProgress, execute: afterAnother(stack, words, other) });
  const stateNow = () =>
    stack.sql(`SELECT state FROM workspace_model_migrations WHERE version <> '${BASELINE}'`);

  it('applies nothing a second time', async () => {
    await late("'applying')");

    expect(states).toEqual([]);
    expect(await stateNow()).toEqual([{ state: 'applied' }]);
    expect(await countKeys(stack)).toEqual(RENAMED);
  });

  it('takes nothing back that was undone and applied again', async () => {
    await up(stack);
    await stopBeforeStep(stack, down, 3);

    await late("SET state = 'reverting'");

    expect(states).toEqual([]);
    expect(await stateNow()).toEqual([{ state: 'applied' }]);
    expect(await countKeys(stack)).toEqual(RENAMED);
  });

  it('takes everything back, also what the other one has finished since it looked', async () => {
    await stopBeforeStep(stack, (_, wishes) => up(stack, { ...wishes, token }), RENAME_STEP);
    const execute = afterAnother(stack, "SET state = 'reverting'", other);

    await undoAbove(runOptions(stack, { token, execute }), BASELINE);

    expect(await stateNow()).toEqual([]);
    expect(await countKeys(stack)).toEqual(LEGACY);
  });
});

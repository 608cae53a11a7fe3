// Each way that a deploy ends, as a table, and what has to agree in its end: rows, ledger, the answers of the code that is live
// and the state of the stack. test/integration/ plays it undisturbed, test/exhaustive/ with lost answers and killed functions.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import type { Call } from '../../local/aws/calls.ts';
import type { CloudFormationStack } from './cloudformation.ts';
import { error } from './disturbances.ts';
import { down, isNotingDone, isStep } from './engine.ts';
import { dumpTables } from './fleet-states.ts';
import { ask, ledgerOf, loadPicks, type Releases, readAsBefore, startReleases, stateOf } from './releases.ts';

const isRenaming = (call: Call): boolean => isStep(call) && `${call.sql}`.includes("SET key = 'MODEL'");
const isUndoing = (call: Call): boolean => isStep(call) && `${call.sql}`.includes("state = 'reverting'");
/** The preflight's trial does it as well, as the API's user. */
const isConfining = ({ sql = '' }: Call): boolean =>
  sql.includes('REVOKE ALL ON workspace_secrets') && !sql.includes('SET LOCAL ROLE');
const isTakingLease = ({ sql = '' }: Call): boolean => sql.includes('INTO workspace_model_migration_lease');
const isForgetting = ({ sql = '' }: Call): boolean => sql.includes('DELETE FROM workspace_model_deployment');

export interface Sequence {
  name: string;
  /** What is deployed when it begins. */
  given: 'nothing' | 'first' | 'own';
  play: (stack: CloudFormationStack) => Promise<void>;
  /** The call in which the function is killed where it is. */
  killedAt: (call: Call) => boolean;
  /** What comes next after that, which nobody does by hand in SQL. */
  again: (stack: CloudFormationStack) => Promise<void>;
  /** In the end, however it was disturbed. */
  status: string;
  /** After `again`, where that is another. */
  statusAgain?: string;
  rows: 'as before' | 'renamed' | 'legacy';
}

export let world: Releases;
let releases: Releases['releases'];
let picks: Awaited<ReturnType<typeof loadPicks>>;

beforeAll(async () => {
  world = await startReleases();
  releases = world.releases;
});

afterAll(() => world.close());

beforeEach(async () => {
  await loadPicks(world.elsewhere);
  picks = await loadPicks(world.platform);
});

afterEach(() => world.disturb(undefined));

const NOTHING_MORE = async () => {};

/** The stack is deleted while its migration renames. */
const deleteDuring = async (stack: CloudFormationStack): Promise<void> => {
  const { aws } = world.platform;
  const others = aws.onCall;
  const { promise: deletedAt, resolve } = Promise.withResolvers<void>();
  aws.onCall = (call) => {
    if (!isRenaming(call)) {
      return others?.(call);
    }
    resolve();
    aws.onCall = others;
    return { kind: 'delay', ms: 500 };
  };
  await stack.create(releases.first, { deletedAt });
};

/** The update is cancelled while its migration waits, which goes on only when the stack is back. */
const cancelDuring = async (stack: CloudFormationStack): Promise<void> => {
  const { aws } = world.platform;
  const others = aws.onCall;
  const waiting = Promise.withResolvers<void>();
  const isBack = Promise.withResolvers<void>();
  aws.onCall = (call) => {
    if (!isTakingLease(call)) {
      return others?.(call);
    }
    waiting.resolve();
    aws.onCall = others;
    return { kind: 'held', until: isBack.promise };
  };
  await stack.update(releases.older, { cancelledAt: waiting.promise });
  isBack.resolve();
  await stack.givenUp;
};

/** The last resource of all cannot be made: refused, or the function is killed in it. */
const createUnsettled =
  (how: 'refused' | 'killed') =>
  async (stack: CloudFormationStack): Promise<void> => {
    const { aws, functions } = world.platform;
    const others = aws.onCall;
    let liveThen: CloudFormationStack['live'];
    aws.onCall = (call) => {
      if (!isConfining(call)) {
        return others?.(call);
      }
      liveThen ??= stack.live;
      if (how === 'refused') {
        return error('DatabaseErrorException', 400, 'ERROR: permission denied for table; SQLState: 42501');
      }
      functions.migrate.kill();
      return { kind: 'dropped-request' };
    };
    await stack.create(releases.first);
    aws.onCall = others;
    expect(liveThen, 'the release that was live when its last resource failed').toBe(releases.first);
  };

export const sequences: Sequence[] = [
  {
    name: 'a first creation',
    given: 'nothing',
    play: (stack) => stack.create(releases.first),
    killedAt: isRenaming,
    again: (stack) => stack.create(releases.first),
    status: 'CREATE_COMPLETE',
    rows: 'renamed',
  },
  {
    name: 'a first creation whose migration throws',
    given: 'nothing',
    play: (stack) => stack.create(releases.broken),
    killedAt: isUndoing,
    again: NOTHING_MORE,
    status: 'ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'a first creation that is deleted, or fails beside the migration, while that runs',
    given: 'nothing',
    play: deleteDuring,
    killedAt: isUndoing,
    again: (stack) => stack.delete(),
    status: 'ROLLBACK_COMPLETE',
    statusAgain: 'DELETE_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'a first creation in which something after the migration fails',
    given: 'nothing',
    play: (stack) => stack.create(releases.first, { laterFails: true }),
    killedAt: isUndoing,
    again: (stack) => stack.delete(),
    status: 'ROLLBACK_COMPLETE',
    statusAgain: 'DELETE_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'a first creation that was rolled back and comes again',
    given: 'nothing',
    play: async (stack) => {
      await stack.create(releases.first, { laterFails: true });
      await stack.create(releases.first);
    },
    killedAt: isRenaming,
    again: NOTHING_MORE,
    status: 'CREATE_COMPLETE',
    rows: 'renamed',
  },
  ...(['refused', 'killed'] as const).map(
    (how): Sequence => ({
      name: `a first creation whose last resource of all is ${how}`,
      given: 'nothing',
      play: createUnsettled(how),
      killedAt: isUndoing,
      again: (stack) => stack.delete(),
      status: 'ROLLBACK_COMPLETE',
      statusAgain: 'DELETE_COMPLETE',
      rows: 'as before',
    }),
  ),
  {
    name: 'an update whose migration throws',
    given: 'first',
    play: (stack) => stack.update(releases.broken),
    killedAt: isUndoing,
    again: (stack) => stack.continueRollback(),
    status: 'UPDATE_ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'an update in which something after the migration fails',
    given: 'first',
    play: (stack) => stack.update(releases.next, { laterFails: true }),
    killedAt: isUndoing,
    again: (stack) => stack.continueRollback(),
    status: 'UPDATE_ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'an update that is cancelled while its migration waits',
    given: 'first',
    play: cancelDuring,
    killedAt: isNotingDone,
    again: (stack) => stack.continueRollback(),
    status: 'UPDATE_ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'an update to another database that fails',
    given: 'first',
    play: (stack) => stack.update(releases.moved),
    killedAt: isUndoing,
    // By then CloudFormation has no way to that database any more: what docs/deploy.md says to do.
    again: () => down(world.elsewhere),
    status: 'UPDATE_ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'an update that leaves an own cluster to join one, and fails',
    given: 'own',
    play: (stack) => stack.update(releases.moved),
    killedAt: isUndoing,
    again: () => down(world.elsewhere),
    status: 'UPDATE_ROLLBACK_COMPLETE',
    rows: 'as before',
  },
  {
    name: 'an update to an older version',
    given: 'first',
    play: (stack) => stack.update(releases.older),
    killedAt: isUndoing,
    again: (stack) => stack.update(releases.older),
    status: 'UPDATE_COMPLETE',
    rows: 'legacy',
  },
  {
    name: 'a destroy',
    given: 'first',
    play: (stack) => stack.delete(),
    killedAt: isForgetting,
    again: (stack) => stack.delete(),
    status: 'DELETE_COMPLETE',
    rows: 'renamed',
  },
];

const versions = readMigrationFiles(MIGRATIONS_DIRECTORY).map(({ version }) => version);
const APPLIED = versions.map((version) => ({ version, state: 'applied' }));
const CLOSED = 'DATABASE_NOT_MIGRATED';

const closed = () => Object.fromEntries(Object.keys(picks.current).map((id) => [id, CLOSED]));

/** Everything as deployed before a sequence, to compare with. */
export const given = async (stack: CloudFormationStack, what: Sequence['given']) => {
  const legacyRows = await dumpTables(world.platform);
  if (what !== 'nothing') {
    await stack.create(releases[what]);
    expect(stack.status).toBe('CREATE_COMPLETE');
  }
  return { legacyRows, state: await stateOf(world.platform), elsewhere: await dumpTables(world.elsewhere) };
};

export const expectAgreement = async (
  stack: CloudFormationStack,
  { status, rows }: Pick<Sequence, 'status' | 'rows'>,
  before: Awaited<ReturnType<typeof given>>,
): Promise<void> => {
  const { platform, elsewhere } = world;
  expect(stack.status).toBe(status);
  if (rows === 'as before') {
    expect(await stateOf(platform)).toEqual(before.state);
  }
  const isRenamed = (await ledgerOf(platform)).length > 1;
  expect(isRenamed).toBe(rows === 'renamed' || (rows === 'as before' && before.state.ledger.length > 1));
  if (isRenamed) {
    expect(await ledgerOf(platform)).toEqual(APPLIED);
    expect(await readAsBefore(platform)).toEqual({});
  } else {
    expect(await dumpTables(platform)).toEqual(before.legacyRows);
    expect(await readAsBefore(platform)).toEqual(picks.legacy);
  }
  if (stack.live !== undefined) {
    expect(await ask(stack.live, Object.keys(picks.current))).toEqual(isRenamed ? picks.current : closed());
  }
  expect(await dumpTables(elsewhere)).toEqual(before.elsewhere);
};

/** What the service answers in the middle of it is right, or nothing for now. */
export const expectClosedOrRight = async ({ live }: CloudFormationStack): Promise<void> => {
  if (live !== undefined) {
    for (const [id, answer] of Object.entries(await ask(live, Object.keys(picks.current)))) {
      expect([picks.current[id], CLOSED]).toContain(answer);
    }
  }
};

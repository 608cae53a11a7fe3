// A run: the lease taken, versions undone and applied step by step until the target is reached. What is to do next is
// read from the ledger before every call, so the next run goes on wherever one was cut.
import { setTimeout as wait } from 'node:timers/promises';
import type { Execute } from '../database/client.ts';
import { releaseLease, seizeLease, takeLease } from '../database/lease.ts';
import {
  type LedgerEntry,
  type Progress,
  prepareLedger,
  readProgress,
  type WalkProgress,
} from '../database/ledger.ts';
import { describeLockHolders } from '../database/lock-holders.ts';
import { beginApplying, beginReverting, runStep } from '../database/run-step.ts';
import type { Direction, Step } from '../database/step.ts';
import { BatchSize } from './batch-size.ts';
import {
  AnotherRunnerError,
  DatabaseSetupError,
  LockedError,
  MigrationFailedError,
  NotFinishedError,
} from './errors.ts';
import type { Migration } from './migration-files.ts';
import { planMigration } from './plan.ts';
import { requireUnobstructed } from './preflight/obstacles.ts';
import { readLedgerOrExplain } from './read-ledger.ts';
import { RetryPolicy, retrying } from './retry.ts';
import { storedSteps } from './steps.ts';

/** How long a run waits for another runner to end. */
const LEASE_WAIT_LIMIT_MS = 60_000;
const LEASE_POLL_MS = 500;
/** The pause between passes that met only rows which another session has locked. */
const LOCKED_ROWS_WAIT_MS = 1_000;
/** A walk that is sent back this often leaves rows that it cannot see, or its constraint is taken away each time. */
const MAX_REPEATED_WALKS = 5;

export interface RunProgress extends Progress {
  version: string;
  name: string;
  steps: number;
}

/** Why to stop after the current batch. */
export interface StopReason {
  reason: string;
  /** What to do about it, unless locked rows are what the run was waiting for. */
  advice: string;
}

export interface RunOptions {
  execute: Execute;
  /** One run's name: the same token takes its own lease over again, as a repeated CloudFormation request does. */
  token: string;
  migrations: Migration[];
  /** Asked before each batch: time may be up, or a person has asked for it. */
  stopReason: () => StopReason | undefined;
  /** Called once where another runner has the lease, with how long this one waits for it at most. */
  onLeaseWait?: (limitMs: number) => void;
  /** Called as soon as no other run can be at work, before anything is planned. */
  onLease?: () => Promise<void>;
  onProgress?: (progress: RunProgress) => void;
  /** For tests that want many batches of a few rows: the most pages that a batch may have. */
  maxBatchPages?: number;
}

/** Brings the database to `target`. Everything done stands when it throws; another run goes on from there. */
export const run = async (options: RunOptions, target: string): Promise<void> => {
  const { execute, migrations } = options;
  await requireUnobstructed(execute, async () => {
    const plan = planMigration(migrations, await readLedgerOrExplain(execute), target);
    return plan.undo.length + plan.finishUndo.length + plan.apply.length > 0 ? plan : undefined;
  });
  await prepareLedger(retrying(execute, 'ledger'));
  await withLease(options, async () => {
    await options.onLease?.();
    const plan = planMigration(migrations, await readLedgerOrExplain(execute), target);
    for (const entry of plan.undo) {
      await undo(options, entry);
    }
    for (const { entry, migration } of plan.finishUndo) {
      await undoOrTurnRound(options, entry, migration);
    }
    for (const migration of plan.apply) {
      await apply(options, migration);
    }
  });
};

/** Undoes whatever stands above `version`, or everything where it is an empty string. */
export const undoAbove = async (options: RunOptions, version: string): Promise<void> => {
  const above = async () =>
    (await readLedgerOrExplain(options.execute)).filter((entry) => entry.version > version).reverse();
  const work = await requireUnobstructed(options.execute, async () => {
    const undo = await above();
    return undo.length > 0 ? { undo, apply: [] } : undefined;
  });
  if (work === undefined) {
    return;
  }
  // It is there, but that of release 1.0 lacks columns.
  await prepareLedger(retrying(options.execute, 'ledger'));
  await withLease(options, async () => {
    for (let [entry] = await above(); entry !== undefined; [entry] = await above()) {
      await undo(options, entry);
    }
  });
};

/** Stops a run that is at work, of any runner: none of its steps succeeds from here on. */
export const stopRunner = ({ execute, token }: Pick<RunOptions, 'execute' | 'token'>): Promise<void> =>
  seizeLease(retrying(execute, 'lease'), token);

const apply = async (options: RunOptions, migration: Migration): Promise<void> => {
  const { version, name, up } = migration;
  await beginApplying(retrying(options.execute, version), options.token, migration);
  await runSteps(options, { version, state: 'applying', steps: up }, name);
};

const undo = async (options: RunOptions, entry: LedgerEntry): Promise<void> => {
  const { version, name, down } = entry;
  await beginReverting(retrying(options.execute, version), options.token, entry);
  await runSteps(options, { version, state: 'reverting', steps: storedSteps(down) }, name);
};

/** A way back that cannot be finished must not stand in the way of a deploy that wants the version: it goes forward. */
const undoOrTurnRound = async (
  options: RunOptions,
  entry: LedgerEntry,
  migration: Migration,
): Promise<void> => {
  try {
    await undo(options, entry);
  } catch (error) {
    const isStuck = error instanceof MigrationFailedError || error instanceof DatabaseSetupError;
    if (!isStuck) {
      throw error;
    }
    await beginApplying(retrying(options.execute, entry.version), options.token, migration);
  }
};

const runSteps = async (options: RunOptions, direction: Direction, name: string): Promise<void> => {
  const { execute, token } = options;
  const { version, steps } = direction;
  const policy = new RetryPolicy();
  let batchSize = new BatchSize(options.maxBatchPages);
  // What an earlier run's last pass has left says nothing of the next one.
  let at = { step: 0, passes: Number.POSITIVE_INFINITY, page: 0 };
  let repeatedWalks = 0;

  for (;;) {
    const progress = await readProgress(retrying(execute, version), version);
    if (progress?.state !== direction.state) {
      return;
    }
    options.onProgress?.({ ...progress, version, name, steps: steps.length });
    if (progress.passes > at.passes) {
      requireUnsuppressed(direction, progress);
    }
    await stopIfAsked(options, direction, progress);
    repeatedWalks += Number(progress.step < at.step);
    requireProgress(direction, progress, repeatedWalks);
    if (progress.leftLocked > 0 && progress.passes > at.passes) {
      await wait(LOCKED_ROWS_WAIT_MS);
    }
    // What one walk does to a page says nothing about the next one.
    if (progress.step !== at.step) {
      batchSize = new BatchSize(options.maxBatchPages);
    } else if (progress.page > at.page) {
      batchSize.grow(progress.page - at.page);
    }
    at = progress;

    try {
      await runStep(execute, token, direction, progress, batchSize.pages);
      policy.reset();
    } catch (error) {
      const step = steps[progress.step];
      const advice = await policy
        .afterFailure(error, `${version}, step ${progress.step + 1}`)
        .catch((given) => withHolders(execute, step, given));
      if (advice === 'smaller') {
        batchSize.shrink();
      }
    }
  }
};

const tableNameOf = (step: Step | undefined): string | undefined => step?.walk ?? step?.alters;

/** Says who holds the lock, where a lock is what made a step fail. */
const withHolders = async (execute: Execute, step: Step | undefined, error: unknown): Promise<never> => {
  const table = tableNameOf(step);
  if (!(error instanceof LockedError) || table === undefined) {
    throw error;
  }
  const holders = await describeLockHolders(execute, table);
  throw new MigrationFailedError(`${error.message} ${holders}`.trim(), { cause: error.cause });
};

const requireProgress = ({ version }: Direction, { step }: Progress, repeatedWalks: number): void => {
  if (repeatedWalks > MAX_REPEATED_WALKS) {
    throw new MigrationFailedError(
      `${version}, step ${step + 1}: a walk was repeated ${repeatedWalks} times. It leaves rows that it does not meet, or its ` +
        'constraint is taken away each time.',
    );
  }
};

const requireUnsuppressed = ({ version, steps }: Direction, progress: WalkProgress): void => {
  const { step, leftSuppressed, suppressedWorkspace } = progress;
  if (leftSuppressed > 0) {
    const table = tableNameOf(steps[step]);
    throw new MigrationFailedError(
      `${version}, step ${step + 1}: a trigger or rule of ${table} keeps ${leftSuppressed} of its rows as they are, such as ` +
        `that of workspace ${suppressedWorkspace}. Disable it for the rename (ALTER TABLE ${table} DISABLE TRIGGER …), then run again.`,
    );
  }
};

const stopIfAsked = async (
  { execute, stopReason }: RunOptions,
  { version, state, steps }: Direction,
  progress: Progress,
): Promise<void> => {
  const stop = stopReason();
  if (stop === undefined) {
    return;
  }
  const table = tableNameOf(steps[progress.step]);
  const locked = progress.leftLocked > 0 && table !== undefined;
  const advice = locked
    ? `${progress.leftLocked} rows of ${table} stayed locked. ${await describeLockHolders(execute, table)}`
    : stop.advice;
  const pages = progress.endPage === 0 ? '' : `, page ${progress.page} of ${progress.endPage}`;
  throw new NotFinishedError(
    `${stop.reason} ${advice} Version ${version} is ${state}: step ${progress.step + 1} of ${steps.length}${pages}, ` +
      `${progress.changed} rows changed in it.`,
  );
};

/** Works as the one runner. @throws AnotherRunnerError when another one does not end within a minute */
const withLease = async (options: RunOptions, work: () => Promise<void>): Promise<void> => {
  const { execute, token } = options;
  const take = () => takeLease(retrying(execute, 'lease'), token);
  const givenUpAt = Date.now() + LEASE_WAIT_LIMIT_MS;
  for (let isFirst = true; !(await take()); isFirst = false) {
    if (isFirst) {
      options.onLeaseWait?.(LEASE_WAIT_LIMIT_MS);
    }
    if (Date.now() > givenUpAt) {
      throw new AnotherRunnerError();
    }
    await wait(LEASE_POLL_MS);
  }
  try {
    await work();
  } finally {
    // Where this fails, too, the lease ends by itself.
    await releaseLease(execute, token).catch(() => {});
  }
};

// A run: the lease taken, versions undone and applied step by step until the target is reached. What is to do next is
// read from the ledger before every call, so a run that was cut anywhere is simply gone on with.
import { setTimeout as wait } from 'node:timers/promises';
import type { Execute } from '../database/client.ts';
import {
  createLedger,
  type LedgerEntry,
  type Progress,
  readLedger,
  readProgress,
  releaseLease,
  takeLease,
} from '../database/ledger.ts';
import { beginApplying, beginReverting, type Course, type Lease, runStep } from '../database/step.ts';
import { Pace } from './batch-size.ts';
import { AnotherRunnerError, NotFinishedError } from './errors.ts';
import type { Migration } from './migration-files.ts';
import { planMigration } from './plan.ts';
import { Patience, retrying } from './retry.ts';
import { storedSteps } from './steps.ts';

/** A killed runner's lease ends by itself after this time, and every batch renews a living one's. */
const LEASE_MS = 20_000;
/** How long a run waits for another runner to end. */
const LEASE_WAIT_LIMIT_MS = 60_000;
const LEASE_POLL_MS = 500;
/** Between passes that met only rows which somebody has locked. */
const LOCKED_ROWS_WAIT_MS = 1_000;

export interface RunProgress extends Progress {
  version: string;
  name: string;
  steps: number;
}

export interface RunOptions {
  execute: Execute;
  /** One run's name: the same token takes its own lease over again, as a repeated CloudFormation request does. */
  token: string;
  migrations: Migration[];
  /** Why to stop after the batch at hand, if there is a reason: time is up, or a person asked for it. */
  stopReason: () => string | undefined;
  onProgress?: (progress: RunProgress) => void;
  maxBatchPages?: number;
}

/** Brings the database to `target`. Everything done stands when it throws; another run goes on from there. */
export const run = async (options: RunOptions, target: string): Promise<void> => {
  planMigration(options.migrations, await ledgerOf(options), target);
  await createLedger(retrying(options.execute, 'ledger'));
  await leading(options, async (lease) => {
    const plan = planMigration(options.migrations, await ledgerOf(options), target);
    for (const entry of plan.undo) {
      await undo(options, lease, entry);
    }
    for (const migration of plan.apply) {
      await apply(options, lease, migration);
    }
  });
};

/** Undoes whatever stands above `version`, or everything where it is an empty string. */
export const undoAbove = async (options: RunOptions, version: string): Promise<void> => {
  const above = async () => (await ledgerOf(options)).filter((entry) => entry.version > version).reverse();
  if ((await above()).length === 0) {
    return;
  }
  await leading(options, async (lease) => {
    for (const entry of await above()) {
      await undo(options, lease, entry);
    }
  });
};

/** The ledger as it stands; asking changes nothing. */
export const ledgerOf = ({ execute }: Pick<RunOptions, 'execute'>): Promise<LedgerEntry[]> =>
  readLedger(retrying(execute, 'ledger'));

const apply = async (options: RunOptions, lease: Lease, migration: Migration): Promise<void> => {
  const { version, up } = migration;
  await beginApplying(retrying(options.execute, version), lease, migration);
  await carryOut(options, lease, { version, state: 'applying', steps: up }, migration.name);
};

const undo = async (
  options: RunOptions,
  lease: Lease,
  { version, name, down }: LedgerEntry,
): Promise<void> => {
  await beginReverting(retrying(options.execute, version), lease, version);
  await carryOut(options, lease, { version, state: 'reverting', steps: storedSteps(down) }, name);
};

const carryOut = async (options: RunOptions, lease: Lease, course: Course, name: string): Promise<void> => {
  const { execute } = options;
  const patience = new Patience();
  let pace = new Pace(options.maxBatchPages);
  let at = { step: 0, passes: 0, page: 0 };

  for (;;) {
    const progress = await readProgress(retrying(execute, course.version), course.version);
    if (progress?.state !== course.state) {
      return;
    }
    options.onProgress?.({ ...progress, version: course.version, name, steps: course.steps.length });
    stopIfAsked(options, course, progress);
    if (progress.leftLocked > 0 && progress.passes > at.passes) {
      await wait(LOCKED_ROWS_WAIT_MS);
    }
    // What one walk does to a page says nothing about the next one.
    if (progress.step !== at.step) {
      pace = new Pace(options.maxBatchPages);
    } else if (progress.page > at.page) {
      pace.took(progress.page - at.page);
    }
    at = progress;

    try {
      await runStep(execute, lease, course, progress, pace.pages);
      patience.succeeded();
    } catch (error) {
      const advice = await patience.after(error, `${course.version}, step ${progress.step + 1}`);
      if (advice === 'smaller') {
        pace.shrink();
      }
    }
  }
};

const stopIfAsked = ({ stopReason }: RunOptions, course: Course, progress: Progress): void => {
  const reason = stopReason();
  if (reason === undefined) {
    return;
  }
  const pages = progress.endPage === 0 ? '' : `, page ${progress.page} of ${progress.endPage}`;
  throw new NotFinishedError(
    `${reason} Version ${course.version} is ${course.state}: step ${progress.step + 1} of ${course.steps.length}${pages}, ` +
      `${progress.changed} rows changed in it.`,
  );
};

/** Works as the one runner. @throws AnotherRunnerError when another one does not end within a minute */
const leading = async (options: RunOptions, work: (lease: Lease) => Promise<void>): Promise<void> => {
  const { token } = options;
  const execute = retrying(options.execute, 'lease');
  const givenUpAt = Date.now() + LEASE_WAIT_LIMIT_MS;
  while (!(await takeLease(execute, token, LEASE_MS))) {
    if (Date.now() > givenUpAt) {
      throw new AnotherRunnerError();
    }
    await wait(LEASE_POLL_MS);
  }
  try {
    await work({ token, leaseMs: LEASE_MS });
  } finally {
    // Where this fails, too, the lease ends by itself.
    await releaseLease(options.execute, token).catch(() => {});
  }
};

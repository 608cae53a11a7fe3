// Taking back what was never completed: a deploy that failed, and a stack whose creation did not finish.
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import { restoreApiUser } from '../database/api-user-sql.ts';
import type { Execute } from '../database/client.ts';
import {
  type Deployment,
  forgetDeployment,
  noteDeleted,
  noteIncomplete,
  readDeployment,
} from '../database/deployment.ts';
import { isNobodyThere } from '../database/failures.ts';
import { dropEmptyLedger } from '../database/ledger.ts';
import { ServiceError } from '../errors.ts';
import { type DeployRequest, tokenOf } from './deploy-event.ts';
import { AnotherRunnerError, DatabaseSetupError, MigrationFailedError } from './errors.ts';
import { retrying } from './retry.ts';
import { type RunOptions, stopRunner, undoAbove } from './run.ts';

/** A Create notes itself as soon as it has checked the database, which nearly always takes less than this. */
const NOTE_WAIT_MS = 20_000;
/** A database that is gone costs a destroy no more than this. */
const FORGET_WAIT_MS = 20_000;
const POLL_MS = 1_000;

/** What stood before a deploy. */
const Found = z.object({
  hadLedger: z.boolean(),
  /** The highest version applied, or an empty string. */
  version: z.string(),
  apiUser: z.optional(z.object({ name: z.string(), exists: z.boolean(), missing: z.string() })),
});

export type Found = z.infer<typeof Found>;

/** What the stack's own creation found, where that is still under way: a repeated request must not take it for its own. */
export const foundByCreation = (
  { RequestType, StackId }: DeployRequest,
  noted: Deployment | undefined,
): Found | undefined =>
  RequestType === 'Create' && noted?.stackId === StackId && !noted.isSettled ? foundOf(noted) : undefined;

/** Whether this very request was answered with success before: Lambda may deliver an event more than once. */
export const isDone = (
  { StackId, RequestId }: Pick<DeployRequest, 'StackId' | 'RequestId'>,
  noted: Deployment | undefined,
): boolean => noted?.stackId === StackId && noted.doneBy === RequestId;

const foundOf = ({ found }: Deployment): Found => Found.parse(JSON.parse(found));

interface GoBackOptions extends RunOptions {
  found: Found;
  /** Whose note goes, too; undefined where it was there before. */
  stackId: string | undefined;
}

/**
 * Takes a failed deploy back. Left to them are the work of another runner, that of another stack which has begun meanwhile, and
 * that of the same request's repetition, which may have been answered with success meanwhile.
 * @throws MigrationFailedError where that fails as well
 */
export const goBackAfter = async (
  failure: unknown,
  request: DeployRequest,
  options: GoBackOptions,
): Promise<void> => {
  if (failure instanceof AnotherRunnerError) {
    return;
  }
  try {
    const noted = await readDeployment(retrying(options.execute, 'deployment'));
    if (!isDone(request, noted) && (noted === undefined || noted.stackId === request.StackId)) {
      await goBack(options);
    }
  } catch (error) {
    const [first, second] = [failure, error].map((each) =>
      each instanceof ServiceError ? each.message : 'Unknown error.',
    );
    throw new MigrationFailedError(
      `${first} Going back failed, too: ${second} The next deploy goes on from there.`,
      { cause: failure },
    );
  }
};

const goBack = async ({ found, stackId, ...options }: GoBackOptions): Promise<void> => {
  await undoAbove(options, found.version);
  const execute = retrying(options.execute, 'going back');
  if (found.apiUser !== undefined) {
    await restoreApiUser(execute, found.apiUser.name, found.apiUser);
  }
  if (stackId !== undefined) {
    await forgetDeployment(execute, stackId);
  }
  if (!found.hadLedger) {
    await dropEmptyLedger(execute);
  }
};

export interface CreationContext {
  /** As the owner. */
  execute: Execute;
  stopReason: RunOptions['stopReason'];
  /** Whether a Create may be running that has not noted itself yet. */
  mayBeRunning: boolean;
  /** Whether the Create may have failed because nobody answers at the address, as in a region without the Data API. */
  mayHaveMetNobody: boolean;
}

/**
 * What is left of a stack that goes. Where its creation was not completed, a Create that is still running is stopped, and
 * everything goes back to what it found. A completed stack leaves the rows as they are: they have their readers elsewhere. Its
 * note is still there where it could not be removed first of all.
 */
export const takeBackCreation = async (
  { StackId, RequestId }: { StackId: string; RequestId: string },
  { execute, stopReason, mayBeRunning, mayHaveMetNobody }: CreationContext,
): Promise<void> => {
  let noted: Deployment | undefined;
  try {
    noted = await readNote(execute, StackId, mayBeRunning ? NOTE_WAIT_MS : 0);
  } catch (error) {
    if (mayHaveMetNobody && error instanceof MigrationFailedError && isNobodyThere(error.cause)) {
      return;
    }
    throw error;
  }
  if (noted === undefined) {
    // Where the Create was killed before it noted itself, its ledger is there and empty.
    await unlessUnreachable(() =>
      mayBeRunning
        ? noteDeleted(retrying(execute, 'deployment'), StackId)
        : dropEmptyLedger(retrying(execute, 'going back')),
    );
    return;
  }
  if (noted.isSettled) {
    await forgetDeployment(retrying(execute, 'deployment'), StackId);
    return;
  }
  const options = { execute, token: tokenOf(RequestId), migrations: [], stopReason };
  await stopRunner(options);
  await goBack({ ...options, found: foundOf(noted), stackId: StackId });
};

/**
 * A stack that is destroyed was complete, and another one may have the database from here on. A refusal is waited for: a login
 * is refused for seconds while its secret rotates.
 */
export const forgetCompleted = async (execute: Execute, stackId: string): Promise<void> => {
  await within(FORGET_WAIT_MS, async () => {
    await forgetDeployment(retrying(execute, 'deployment'), stackId);
    return true;
  });
};

/** The stack's last resource goes, and CloudFormation never heard that it was made: the creation failed. */
export const keepIncomplete = async (execute: Execute, stackId: string): Promise<void> => {
  await unlessUnreachable(() => noteIncomplete(retrying(execute, 'deployment'), stackId));
};

const readNote = (execute: Execute, stackId: string, waitMs: number): Promise<Deployment | undefined> =>
  within(waitMs, async () => {
    const noted = await readDeployment(retrying(execute, 'deployment'));
    return noted?.stackId === stackId ? noted : undefined;
  });

/** Tries again and again until something is found, or the time is over. */
const within = async <Result>(
  ms: number,
  attempt: () => Promise<Result | undefined>,
): Promise<Result | undefined> => {
  const until = Date.now() + ms;
  for (;;) {
    const found = await unlessUnreachable(attempt);
    if (found !== undefined || Date.now() >= until) {
      return found;
    }
    await wait(POLL_MS);
  }
};

/** A database that does not exist or refuses the login has nothing to give back, and must not keep the stack from going. */
const unlessUnreachable = async <Result>(action: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DatabaseSetupError) {
      return undefined;
    }
    throw error;
  }
};

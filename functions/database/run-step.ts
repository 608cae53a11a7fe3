// A step of a migration as one call: the lease renewed, the statement run and the ledger moved on, all or nothing.
// A killed runner, a lost response or a second runner can therefore only find it done or not done.
import { atomicCall } from './atomic-call.ts';
import type { Execute } from './client.ts';
import type { Progress } from './ledger.ts';
import type { Direction, NewEntry, PlannedEntry } from './step.ts';
import {
  applyingSql,
  heldLeaseSql,
  revertingSql,
  STEP_DECLARATIONS,
  statementSql,
  sweepSql,
  walkSql,
} from './step-sql.ts';

/** Puts a version into the ledger, or begins one anew. Does nothing where it is applying already, or applied. */
export const beginApplying = (execute: Execute, token: string, entry: NewEntry): Promise<void> =>
  runAtomically(execute, token, applyingSql(entry));

/**
 * Turns a version's direction round. A version that has done nothing yet is taken out of the ledger. Does nothing where its
 * state is another one by now.
 */
export const beginReverting = (execute: Execute, token: string, entry: PlannedEntry): Promise<void> =>
  runAtomically(execute, token, revertingSql(entry));

/** Runs the step at which `progress` stands; `maxPages` bounds a walk's batch. Does nothing where it was done meanwhile. */
export const runStep = (
  execute: Execute,
  token: string,
  direction: Direction,
  progress: Progress,
  maxPages: number,
): Promise<void> => {
  const step = direction.steps[progress.step];
  if (step === undefined) {
    throw new Error(`Version ${direction.version} has no step ${progress.step}.`);
  }
  if (step.walk === undefined) {
    return runAtomically(execute, token, statementSql(direction, progress, step), true);
  }
  // A walk that is to be swept stays on its last page until then.
  return progress.endPage > 0 && progress.page >= progress.endPage
    ? runAtomically(execute, token, sweepSql(direction, progress, step.sql), true)
    : runAtomically(execute, token, walkSql(direction, progress, step, step.walk, maxPages));
};

const runAtomically = async (
  execute: Execute,
  token: string,
  body: string,
  continueAfterTimeout = false,
): Promise<void> => {
  const sql = atomicCall(heldLeaseSql(token) + body, STEP_DECLARATIONS);
  await execute({ sql, ...(continueAfterTimeout && { continueAfterTimeout }) });
};

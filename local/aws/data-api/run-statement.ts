// Runs one statement on a connection for at most as long as the Data API lets a call take.
import { AwsError } from '../errors.ts';
import type { BoundStatement } from './parameters.ts';
import type { Connection } from './sessions.ts';
import { type StatementResult, StatementRun } from './statement-run.ts';

export interface RunOptions {
  timeoutMs: number;
  continueAfterTimeout: boolean;
  /** Whether a `SessionReset` follows at once. */
  resets: boolean;
}

export interface RunningStatement<T> {
  /** The result, or the error that the caller gets: at the latest when the time is up. */
  answer: Promise<T>;
  /** Settles when the connection has nothing of the statement left to do. Never rejects. */
  ended: Promise<unknown>;
}

export const runStatement = (
  { client, processId, cancel }: Connection,
  statement: BoundStatement,
  options: RunOptions,
): RunningStatement<StatementResult> => {
  // Awaited before the connection goes to anybody else, whose statement a late cancellation would hit.
  let cancelled = Promise.resolve();
  const stop = () => {
    cancelled = cancel();
  };
  const run = client.query(new StatementRun(statement, { onTooLarge: stop, resets: options.resets }));

  const timedOut = Promise.withResolvers<StatementResult>();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // Cancelled, the statement is over before the caller hears of it, so it cannot be seen to commit later.
    if (options.continueAfterTimeout) timedOut.reject(timeout(processId));
    else stop();
  }, options.timeoutMs);
  const finished = run.finished.finally(() => clearTimeout(timer));

  return {
    answer: Promise.race([finished, timedOut.promise]).catch((error: unknown) => {
      throw late ? timeout(processId) : error;
    }),
    ended: finished.catch(() => {}).then(() => cancelled),
  };
};

const timeout = (dbConnectionId: number): AwsError =>
  new AwsError('StatementTimeoutException', 'Request timed out', 400, { dbConnectionId });

// Runs one statement on a connection for at most as long as the Data API lets a call take.
import { AwsError } from '../errors.ts';
import type { BoundStatement } from './parameters.ts';
import { Running } from './running.ts';
import { SessionReset } from './session-reset.ts';
import type { Connection } from './sessions.ts';
import { type StatementResult, StatementRun } from './statement-run.ts';

export interface RunOptions {
  timeoutMs: number;
  continueAfterTimeout: boolean;
  /** Whether the session is to be made as good as new afterwards. */
  resets: boolean;
}

export const runStatement = (
  { client, processId, cancel }: Connection,
  statement: BoundStatement,
  options: RunOptions,
): Running<StatementResult> => {
  // Awaited before the connection runs anything else, which a late cancellation would hit.
  let cancelled = Promise.resolve();
  const stop = () => {
    cancelled = cancel();
  };
  // In a transaction the rest of the result is read, as it goes on (dylanmoring/aurora-data-api, LIMITATIONS.md): cancelled, the
  // statement would abort it.
  const onTooLarge = options.resets ? stop : () => {};
  const run = client.query(new StatementRun(statement, { onTooLarge, resets: options.resets }));
  const isAsNew = options.resets ? client.query(new SessionReset()).finished : Promise.resolve(true);

  const timedOut = Promise.withResolvers<StatementResult>();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // Cancelled, the statement is over before the caller hears of it, so it cannot be seen to commit later.
    if (options.continueAfterTimeout) {
      timedOut.reject(timeout(processId));
    } else {
      stop();
    }
  }, options.timeoutMs);
  // What the statement locked or set is gone, or rolled back, before the caller hears of it.
  const finished = run.finished.finally(async () => {
    clearTimeout(timer);
    await cancelled;
    await isAsNew;
  });

  return new Running(
    Promise.race([finished, timedOut.promise]).catch((error: unknown) => {
      throw late ? timeout(processId) : error;
    }),
    finished.then(
      () => isAsNew,
      () => isAsNew,
    ),
  );
};

const timeout = (dbConnectionId: number): AwsError =>
  new AwsError('StatementTimeoutException', 'Request timed out', 400, { dbConnectionId });

// How often the statements of an invocation are sent, so that no write takes effect that its caller no longer knows of.
//
// The Data API has no idempotency token. A write that is sent twice may take effect twice, and the second time undo a
// newer one. So a write is repeated only where it is known not to have run. Where it may have run, the caller is answered
// 503, and not before it can no longer take effect. What ends it, wherever it is by then:
// - on its way to the database: the statement compares the database's clock with the time at which it was sent, and does
//   nothing outside of ARRIVE_WITHIN_MS;
// - waiting for a row's lock: lock_timeout, which the statement sets for itself;
// - running slowly: statement_timeout, which the deploy sets for the API's user (api-user-sql.ts);
// - given up by the client after REQUEST_TIMEOUT_MS, or by middy's signal once the invocation is answered:
//   a call may go on after both, but each of the limits above is shorter, and no attempt begins when they would not be.
//
// Two clocks: where the database's is behind by less than CLOCK_SKEW_MS, the wait covers it. Where it is further behind, or
// ahead by more than ARRIVE_WITHIN_MS, the statement does nothing and returns the database's own time, by which the next
// attempt counts. That time was read before it came here, so the database's clock is never behind what is counted.
import { setTimeout as wait } from 'node:timers/promises';
import type { SqlParameter } from '@aws-sdk/client-rds-data';
import type { Execute, Statement, StatementResult } from './client.ts';
import { DatabaseUnavailableError, UntimelyError } from './errors.ts';
import { failureOf, SQLSTATE, sqlStateOf } from './failures.ts';
import { onlyRow, type Row, text, whole } from './fields.ts';
import { serviceErrorOf } from './service-error.ts';

/** Milliseconds before each further attempt. A cluster that resumes takes longer; the caller comes again. */
const RETRY_DELAYS_MS = [250, 500, 1_000];

/** How long after it was sent a write may begin. */
export const ARRIVE_WITHIN_MS = 2_000;
export const CLOCK_SKEW_MS = 1_000;
export const WRITE_LOCK_TIMEOUT_MS = 1_500;
export const WRITE_STATEMENT_TIMEOUT_MS = 2_000;
/** After this time a write has taken effect, or never will. Shorter than REQUEST_TIMEOUT_MS. */
const SETTLED_AFTER_MS = ARRIVE_WITHIN_MS + CLOCK_SKEW_MS + WRITE_STATEMENT_TIMEOUT_MS;

/** What a write returns as its outcome where it did nothing because it came too late, or too early. */
export const UNTIMELY = 'untimely';

/** The invocation for which statements are sent. */
export interface Caller {
  /** Aborted once the invocation is answered. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until it is answered, whatever has come of it. */
  timeLeft: () => number;
  /** Called before each attempt of a write. */
  beforeWrite?: () => void;
}

/** A statement that returns one row: its outcome, the database's clock in milliseconds, and whatever else. */
export type Write = (sentAt: SqlParameter) => Statement;

/** The database as one invocation uses it. Failures are ServiceErrors. */
export interface Database {
  /** Reads are harmless twice, and repeated after any failure that passes. `parse` may throw DatabaseAnswerError. */
  read: <Result>(statement: Statement, parse: (result: StatementResult) => Result) => Promise<Result>;
  /** What `parse` makes of the row of a write that took effect, or found that it is not to. `parse` as of a read. */
  write: <Result>(write: Write, parse: (row: Row) => Result) => Promise<Result>;
}

export const databaseFor = (execute: Execute, { signal, timeLeft, beforeWrite }: Caller): Database => ({
  read: (statement, parse) =>
    repeat(
      async () => parse(await execute(statement)),
      (error) => failureOf(error) !== 'refused',
      signal,
    ),
  write: async (write, parse) => {
    if (timeLeft() < SETTLED_AFTER_MS) {
      throw new DatabaseUnavailableError('Too little time was left for this request. Try again.');
    }
    let clock = Date.now;
    const attempt = async () => {
      const startedAt = performance.now();
      beforeWrite?.();
      try {
        const { rows } = await execute(write(sentAtParameter(clock())));
        const row = onlyRow(rows);
        if (text(row[0]) !== UNTIMELY) {
          return parse(row);
        }
        clock = clockFrom(whole(row[1]));
        throw new UntimelyError(
          'The statement reached the database too late, or the clocks differ too much.',
        );
      } catch (error) {
        if (failureOf(error) === 'unknown') {
          await wait(Math.max(0, startedAt + SETTLED_AFTER_MS - performance.now()), undefined, { signal });
        }
        throw error;
      }
    };
    return repeat(
      attempt,
      (error, delay) =>
        failureOf(error) === 'not-run' && !hasWaited(error) && timeLeft() > delay + SETTLED_AFTER_MS,
      signal,
    );
  },
});

const repeat = async <Result>(
  attempt: () => Promise<Result>,
  isWorthRepeating: (error: unknown, delay: number) => boolean,
  signal: AbortSignal | undefined,
): Promise<Result> => {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const delay = RETRY_DELAYS_MS[attempts - 1];
      if (delay === undefined || !isWorthRepeating(error, delay)) {
        throw serviceErrorOf(error);
      }
      await wait(delay, undefined, { signal });
    }
  }
};

/** A lock or a slow server used up the time of one attempt: to queue again there helps nobody. */
const hasWaited = (error: unknown): boolean => {
  const sqlState = sqlStateOf(error);
  return sqlState === SQLSTATE.lockNotAvailable || sqlState === SQLSTATE.queryCanceled;
};

/** Milliseconds of a clock that showed `milliseconds` at some time before now. */
const clockFrom = (milliseconds: number): (() => number) => {
  const receivedAt = performance.now();
  return () => Math.floor(milliseconds + performance.now() - receivedAt);
};

const sentAtParameter = (milliseconds: number): SqlParameter => ({
  name: 'sent_at',
  value: { longValue: milliseconds },
});

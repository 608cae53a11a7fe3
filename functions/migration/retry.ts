// Which failures of a call pass by themselves, how long they are waited for, and what is said when they do not pass.
import { setTimeout as wait } from 'node:timers/promises';
import type { Execute } from '../database/client.ts';
import {
  errorName,
  failureOf,
  isConflict,
  isNobodyThere,
  isUnavailable,
  OWN_SQLSTATE,
  RESUMING,
  reasonOf,
  SECRET_NOT_READ,
  SQLSTATE,
  STATEMENT_TIMEOUT,
  sqlStateOf,
} from '../database/failures.ts';
import {
  AnotherRunnerError,
  DatabaseSetupError,
  GoneBackError,
  LockedError,
  MigrationFailedError,
  OtherStackError,
  StackDeletedError,
} from './errors.ts';
import { setupAdvice } from './setup-advice.ts';

/** A session that keeps a transaction open for a minute is outlasted; each try waits for half a second at the most. */
const LOCK_LIMIT_MS = 2 * 60_000;
const LOCK_WAIT_MS = 500;
const MAX_CONFLICTS = 50;
/** A batch shrinks to a quarter each time: after eight, the largest batch is down to one page. */
const MAX_CANCELLED = 10;
/** A resume takes 15 s, over 30 s after a day's pause; an instance that is replaced takes a minute or two. */
const UNAVAILABLE_LIMIT = { ms: 3 * 60_000, text: '3 minutes' };
const UNAVAILABLE_WAIT_MS = 1_000;
/** A host or secret that does not exist will not appear by waiting; a short failure of a resolver or Secrets Manager passes. */
const NOT_FOUND_LIMIT = { ms: 10_000, text: '10 seconds' };
/** A statement that outlives the Data API's 45 s goes on in the server, and holds its locks until it has ended. */
const LONG_STATEMENT_WAIT_MS = 2_000;
/** They take eight minutes, so that the run ends with its reason before the function's time does. */
const MAX_STATEMENT_TIMEOUTS = 10;

/** `retry`: the same again; `smaller`: again with a smaller batch. */
export type Advice = 'retry' | 'smaller';

export class RetryPolicy {
  #lockedSince: number | undefined;
  #conflicts = 0;
  #cancelled = 0;
  #unavailableSince: number | undefined;
  /** After the first of them the statement may go on in the server. */
  #statementTimeouts = 0;

  /** After a success. */
  reset(): void {
    this.#lockedSince = undefined;
    this.#conflicts = 0;
    this.#cancelled = 0;
    this.#unavailableSince = undefined;
    this.#statementTimeouts = 0;
  }

  /**
   * Waits as the failure asks.
   * @param what names the statement in messages
   * @throws AnotherRunnerError, DatabaseSetupError or MigrationFailedError when the failure does not pass
   */
  async afterFailure(error: unknown, what: string): Promise<Advice> {
    const sqlState = sqlStateOf(error);
    if (sqlState === OWN_SQLSTATE.leaseLost) {
      throw new AnotherRunnerError();
    }
    if (sqlState === OWN_SQLSTATE.stackDeleted) {
      throw new StackDeletedError();
    }
    if (sqlState === OWN_SQLSTATE.otherStack) {
      throw new OtherStackError();
    }
    if (sqlState === OWN_SQLSTATE.goneBack) {
      throw new GoneBackError();
    }
    if (errorName(error) === STATEMENT_TIMEOUT) {
      return this.#afterStatementTimeout(error, what);
    }
    if (sqlState === SQLSTATE.queryCanceled) {
      return this.#afterCancellation(error, what);
    }
    if (sqlState === SQLSTATE.lockNotAvailable) {
      return this.#afterLock(error, what);
    }
    // A unique violation passes, too: another writer came between the look at the row and its change.
    if (isConflict(error) || sqlState === SQLSTATE.uniqueViolation) {
      return this.#afterConflict(error, what);
    }
    if (isUnavailable(error)) {
      return this.#afterUnavailable(error);
    }
    throw failure(error, what);
  }

  #afterStatementTimeout(cause: unknown, what: string): Promise<Advice> {
    this.#statementTimeouts += 1;
    if (this.#statementTimeouts < MAX_STATEMENT_TIMEOUTS) {
      return wait(LONG_STATEMENT_WAIT_MS, 'smaller');
    }
    throw new MigrationFailedError(
      `${what}: the statement took longer than the Data API's 45 seconds ${MAX_STATEMENT_TIMEOUTS} times. Look in ` +
        'pg_stat_activity for what keeps the database busy, then run again.',
      { cause },
    );
  }

  #afterCancellation(cause: unknown, what: string): Promise<Advice> {
    this.#cancelled += 1;
    if (this.#cancelled < MAX_CANCELLED) {
      return wait(0, 'smaller');
    }
    throw new MigrationFailedError(
      `${what}: PostgreSQL cancelled the statement ${MAX_CANCELLED} times. The statement_timeout of the database user in the ` +
        'owner\'s secret is too short. Give that user more time: ALTER ROLE "<user>" SET statement_timeout = 0; then run again.',
      { cause },
    );
  }

  async #afterLock(cause: unknown, what: string): Promise<Advice> {
    if (this.#statementTimeouts > 0) {
      return wait(LONG_STATEMENT_WAIT_MS, 'retry');
    }
    this.#lockedSince ??= Date.now();
    if (Date.now() - this.#lockedSince < LOCK_LIMIT_MS) {
      return wait(LOCK_WAIT_MS, 'smaller');
    }
    throw new LockedError(what, { cause });
  }

  #afterConflict(error: unknown, what: string): Promise<Advice> {
    this.#conflicts += 1;
    if (this.#conflicts >= MAX_CONFLICTS) {
      throw failure(error, what);
    }
    return wait(0, 'smaller');
  }

  #afterUnavailable(cause: unknown): Promise<Advice> {
    this.#unavailableSince ??= Date.now();
    const limit = unavailableLimitOf(cause);
    if (Date.now() - this.#unavailableSince < limit.ms) {
      return wait(UNAVAILABLE_WAIT_MS, 'retry');
    }
    const advice = setupAdvice(cause);
    if (advice !== undefined) {
      throw new DatabaseSetupError(advice, { cause });
    }
    const state =
      errorName(cause) === RESUMING ? 'still resuming from its pause' : `out of reach (${reasonOf(cause)})`;
    throw new MigrationFailedError(
      `The database is ${state} after ${limit.text}. ${unavailableMend(cause)} then run again.`,
      { cause },
    );
  }
}

/** How long a database is waited for that cannot be reached. */
export const unavailableLimitOf = (error: unknown) =>
  isNobodyThere(error) || errorName(error) === SECRET_NOT_READ ? NOT_FOUND_LIMIT : UNAVAILABLE_LIMIT;

/** A writer that became a reader passes; what a setting makes so does not. */
const unavailableMend = (error: unknown): string => {
  if (isNobodyThere(error)) {
    return 'Check region and network,';
  }
  return sqlStateOf(error) === SQLSTATE.readOnlyTransaction
    ? "See the cluster's events, and where a setting makes its transactions read only run: ALTER ROLE … IN DATABASE … " +
        'SET default_transaction_read_only = off;'
    : "See the cluster's events,";
};

const retryingUnless =
  (isFinal: (error: unknown) => boolean) =>
  (execute: Execute, what: string): Execute =>
  async (statement) => {
    const policy = new RetryPolicy();
    for (;;) {
      try {
        return await execute(statement);
      } catch (error) {
        if (isFinal(error)) {
          throw error;
        }
        await policy.afterFailure(error, what);
      }
    }
  };

/**
 * Repeats each statement, which has to be harmless twice, until it succeeds or is not worth waiting for any more.
 * @param what names the statements in messages
 */
export const retrying = retryingUnless(() => false);

/** The same, but what would be refused again is thrown as the Data API has said it. */
export const retryingPassing = retryingUnless((error) => failureOf(error) === 'refused');

/** The same, and a statement that takes too long is not repeated either: for a look that is worth no more. */
export const retryingBriefly = retryingUnless(
  (error) =>
    failureOf(error) === 'refused' ||
    errorName(error) === STATEMENT_TIMEOUT ||
    sqlStateOf(error) === SQLSTATE.queryCanceled,
);

/** PostgreSQL's own first sentence is kept; what follows it (detail, hint) may quote rows. */
const failure = (cause: unknown, what: string): Error => {
  const advice = setupAdvice(cause);
  const said = cause instanceof Error ? cause.message.split(/[;\n]/, 1)[0]?.slice(0, 300) : '';
  const sqlState = sqlStateOf(cause);
  const reason = `${what}: ${sqlState === '' ? errorName(cause) : `${said} (SQLSTATE ${sqlState})`}${mendOf(sqlState)}`;
  return advice === undefined
    ? new MigrationFailedError(reason, { cause })
    : new DatabaseSetupError(sqlState === '' ? advice : `${advice} ${reason}`, { cause });
};

/** For what refuses some rows and not others, which no trial on made-up rows meets: a constraint, or a RAISE of a trigger. */
const mendOf = (sqlState: string): string =>
  /^(23...|P0001)$/.test(sqlState)
    ? ". A trigger or constraint of the platform's tables refuses a row. Change the row or what refuses it, then run again."
    : '';

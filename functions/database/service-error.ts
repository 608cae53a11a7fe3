// The failure of a statement as an error of this service.
import { ServiceError } from '../errors.ts';
import { DatabaseNotMigratedError, DatabaseRefusedError, DatabaseUnavailableError } from './errors.ts';
import { failureOf, SQLSTATE, sqlStateOf } from './failures.ts';

/** An error that did not come from the Data API, such as a missing credential, is returned as it is. */
export const serviceErrorOf = (cause: unknown): unknown => {
  if (failureOf(cause) !== 'refused') {
    return new DatabaseUnavailableError('The database is resuming or busy. Try again in a few seconds.', {
      cause,
    });
  }
  const sqlState = sqlStateOf(cause);
  if (sqlState === SQLSTATE.undefinedTable) {
    // Before the first migration there is no ledger.
    return new DatabaseNotMigratedError({ cause });
  }
  const isRefused = sqlState !== '' || (cause instanceof Error && '$metadata' in cause);
  if (!isRefused || cause instanceof ServiceError) {
    return cause;
  }
  return new DatabaseRefusedError(
    'The database refused a statement of this service. The log of this function names the cause under this request.',
    { cause },
  );
};

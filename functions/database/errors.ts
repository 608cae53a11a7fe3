// Errors of the database room, and how the Data API's own are recognised: by name and SQLSTATE, never by prose.
import { ServiceError } from '../errors.ts';

export class WorkspaceNotFoundError extends ServiceError {
  override name = 'WorkspaceNotFoundError';
  override readonly kind = 'refused';
  override readonly code = 'WORKSPACE_NOT_FOUND';
}

/** The database is resuming, throttled or out of reach, and stayed so past the retries. */
export class DatabaseUnavailableError extends ServiceError {
  override name = 'DatabaseUnavailableError';
  override readonly code = 'DATABASE_UNAVAILABLE';
}

export const LOCK_NOT_AVAILABLE = '55P03';
export const UNDEFINED_TABLE = '42P01';

/** Refused before the statement ran, by a cluster that will soon answer. The SDK does not retry the first of them. */
export const RESUMING = 'DatabaseResumingException';

const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  RESUMING,
  'ThrottlingException',
  'InternalServerErrorException',
  'ServiceUnavailableError',
  'DatabaseUnavailableException',
  'StatementTimeoutException',
  'TimeoutError',
]);

/** Sockets that could not be opened or broke; Node and the SDK put these into `code`. */
const UNAVAILABLE_SOCKET_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/** Classes of SQLSTATE in which the server could not serve: connection, resources, operator intervention. */
const UNAVAILABLE_SQLSTATE_CLASS = /^(08|53|57)/;

/** Two writers of the same row met; the statement was rolled back whole and may simply run again. */
const CONFLICT_SQLSTATES: ReadonlySet<string> = new Set(['40001', '40P01']);

export const errorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** The SQLSTATE that PostgreSQL gave, or an empty string for an error that did not come from PostgreSQL. */
export const sqlStateOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  return /SQLState: ([0-9A-Z]{5})/.exec(error.message)?.[1] ?? '';
};

/** Whether the statement is known not to have run, and will be welcome a little later. */
export const isWorthWaitingFor = (error: unknown): boolean =>
  errorName(error) === RESUMING || CONFLICT_SQLSTATES.has(sqlStateOf(error));

/** Whether the database could not be reached or could not serve, as against refusing this statement. */
export const isUnavailable = (error: unknown): boolean => {
  if (UNAVAILABLE_NAMES.has(errorName(error))) return true;
  if (UNAVAILABLE_SQLSTATE_CLASS.test(sqlStateOf(error))) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    UNAVAILABLE_SOCKET_CODES.has(error.code)
  );
};

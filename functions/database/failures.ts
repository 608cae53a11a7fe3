// How failures of a Data API call are recognised: by error name and SQLSTATE, never by prose.

/** The SQLSTATEs that this service tells apart, by PostgreSQL's own names (appendix A of its manual). */
export const SQLSTATE = {
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidCatalogName: '3D000',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
  queryCanceled: '57014',
  lockNotAvailable: '55P03',
} as const;

/** Refused before the statement ran, by a cluster that will soon answer. The SDK does not retry the first of them. */
export const RESUMING = 'DatabaseResumingException';
/** The Data API's own limit of 45 s. */
export const STATEMENT_TIMEOUT = 'StatementTimeoutException';

const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  RESUMING,
  'ThrottlingException',
  'InternalServerErrorException',
  'ServiceUnavailableError',
  'DatabaseUnavailableException',
  STATEMENT_TIMEOUT,
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

const CONFLICT_SQLSTATES: ReadonlySet<string> = new Set([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
]);

export const errorName = (error: unknown): string => (error instanceof Error ? error.name : 'UnknownError');

/** The SQLSTATE that PostgreSQL gave, to this error or to its cause; an empty string where PostgreSQL gave none. */
export const sqlStateOf = (error: unknown): string => {
  if (!(error instanceof Error)) {
    return '';
  }
  return /SQLState: ([0-9A-Z]{5})/.exec(error.message)?.[1] ?? sqlStateOf(error.cause);
};

/** Whether two writers met: the statement was rolled back whole and may simply run again. */
export const isConflict = (error: unknown): boolean => CONFLICT_SQLSTATES.has(sqlStateOf(error));

/** Whether the statement is known not to have run, and may succeed a little later. */
export const isWorthWaitingFor = (error: unknown): boolean =>
  errorName(error) === RESUMING || isConflict(error);

/** Whether the database could not be reached or could not serve, as against refusing this statement. */
export const isUnavailable = (error: unknown): boolean => {
  if (UNAVAILABLE_NAMES.has(errorName(error))) {
    return true;
  }
  if (UNAVAILABLE_SQLSTATE_CLASS.test(sqlStateOf(error))) {
    return true;
  }
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    UNAVAILABLE_SOCKET_CODES.has(error.code)
  );
};

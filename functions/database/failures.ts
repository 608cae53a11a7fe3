// How failures of a Data API call are recognised: by error name and SQLSTATE, never by prose.

/** The SQLSTATEs that this service tells apart, by PostgreSQL's own names (appendix A of its manual). */
export const SQLSTATE = {
  invalidTextRepresentation: '22P02',
  notNullViolation: '23502',
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  checkViolation: '23514',
  exclusionViolation: '23P01',
  readOnlyTransaction: '25006',
  transactionTimeout: '25P04',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidCatalogName: '3D000',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  insufficientPrivilege: '42501',
  undefinedColumn: '42703',
  undefinedObject: '42704',
  undefinedTable: '42P01',
  duplicateTable: '42P07',
  invalidColumnReference: '42P10',
  objectNotInPrerequisiteState: '55000',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
} as const;

/** Those that this service's own SQL raises. */
export const OWN_SQLSTATE = {
  /** A step was tried by a runner whose lease another one has. */
  leaseLost: 'WM001',
  /** A trial has ended: nothing of it stands, and the message is its result. That is no failure. */
  tried: 'WM002',
  /** A part of a trial has ended, and is taken back. */
  partTried: 'WM003',
  /** The stack of a note was noted as deleted meanwhile. */
  stackDeleted: 'WM004',
  /** Another stack was noted meanwhile. */
  otherStack: 'WM005',
  /** Another request of the same stack was done meanwhile. */
  goneBack: 'WM006',
} as const;

/** Refused before the statement ran, by a cluster that will soon answer. The SDK does not retry it. */
export const RESUMING = 'DatabaseResumingException';
/** The Data API's own limit of 45 s. */
export const STATEMENT_TIMEOUT = 'StatementTimeoutException';

/**
 * Secrets Manager did not answer the Data API in time; or there is no such secret, or none that may be decrypted, which only a
 * right that IAM has not spread yet lets pass.
 */
export const SECRET_NOT_READ = 'SecretsErrorException';

/** Refused by AWS before the statement reached the database. Others of this kind come with status 429. */
const NOT_RUN_NAMES: ReadonlySet<string> = new Set([
  RESUMING,
  'ThrottlingException',
  'TooManyRequestsException',
  'UntimelyError',
  // By a cluster that starts, stops or is being changed.
  'InvalidResourceStateException',
  SECRET_NOT_READ,
]);
/**
 * Refused for a signature by a wrong clock, which the SDK has put right for the next attempt. It notes that on every failed
 * answer whose date differs, so the note alone says nothing of whether the statement has run.
 */
const CLOCK_NAMES: ReadonlySet<string> = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'AuthFailure',
]);
const UNKNOWN_NAMES: ReadonlySet<string> = new Set([
  STATEMENT_TIMEOUT,
  'InternalServerErrorException',
  'ServiceUnavailableError',
  'DatabaseUnavailableException',
  'TimeoutError',
  'AbortError',
  'RequestAbortedException',
  'DatabaseAnswerError',
]);
const REQUEST_TIMEOUT_STATUS = 408;

/** Sockets that were never open, so nothing was sent. */
const NOT_RUN_SOCKET_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND']);
/** Of the resolver, which has no address to give: nothing was sent. */
const RESOLVER_CODE = /^EAI_/;
/**
 * Node's codes of whatever else breaks on the way: a call of the operating system, TLS, a stream, the parser of HTTP. What is
 * said of a certificate has codes of another form: nothing was sent then, and nothing will be.
 */
const UNKNOWN_CODE = /^(E[A-Z]+|ERR_(SSL|SOCKET|STREAM)_\w+|HPE_\w+)$/;

/**
 * Rolled back, and may succeed later: conflicts (40), resources (53), cancelled by a time-out (57014), starting up (57P03),
 * locked (55P03), on a writer that has become a reader (25006).
 */
const NOT_RUN_SQLSTATE = /^(40...|53...|57014|57P03|55P03|25006)$/;
/**
 * The connection to the server broke (08), or its session was ended (57P, and 25P04 by PostgreSQL 17's transaction_timeout):
 * the commit may have come first. 40003 says of itself that it does not know.
 */
const UNKNOWN_SQLSTATE = /^(08...|57P0[^3]|25P04|40003)$/;

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
  // The last one: a message of the platform's, such as a trigger's, may quote another.
  const [, state] = /.*SQLState: ([0-9A-Z]{5})/s.exec(error.message) ?? [];
  return state ?? sqlStateOf(error.cause);
};

/** Whether two writers met: the statement was rolled back whole and may simply run again. */
export const isConflict = (error: unknown): boolean => CONFLICT_SQLSTATES.has(sqlStateOf(error));

/**
 * What a failed call says about its statement. `refused`: it took no effect, and the same again is refused again.
 * `not-run`: it took no effect, and may succeed a little later. `unknown`: it may have taken effect, or still may.
 */
export type Failure = 'refused' | 'not-run' | 'unknown';

export const failureOf = (error: unknown): Failure => {
  if (!(error instanceof Error)) {
    return 'refused';
  }
  const sqlState = sqlStateOf(error);
  if (sqlState !== '') {
    return failureOfSqlState(sqlState);
  }
  const { status, clockSkewCorrected, retryable, hasAnswer } = sdkDetailsOf(error);
  const code = textOf(error, 'code');
  if (
    NOT_RUN_NAMES.has(error.name) ||
    NOT_RUN_SOCKET_CODES.has(code) ||
    RESOLVER_CODE.test(code) ||
    status === 429 ||
    (clockSkewCorrected && CLOCK_NAMES.has(error.name))
  ) {
    return 'not-run';
  }
  // The operating system's refusal of a file has a path.
  const isOnTheWay = UNKNOWN_CODE.test(code) && !('path' in error);
  const isPassing = status >= 500 || status === REQUEST_TIMEOUT_STATUS || retryable;
  const isUnknown = UNKNOWN_NAMES.has(error.name) || isOnTheWay || isPassing;
  // An answer of any other status that is not an AWS error comes from something in front of the Data API, such as a proxy.
  return isUnknown || (hasAnswer && status < 400) ? 'unknown' : 'refused';
};

const failureOfSqlState = (sqlState: string): Failure => {
  if (UNKNOWN_SQLSTATE.test(sqlState)) {
    return 'unknown';
  }
  return NOT_RUN_SQLSTATE.test(sqlState) ? 'not-run' : 'refused';
};

/** What the SDK notes on an error; `$response` is there where something has answered. */
const sdkDetailsOf = (error: Error) => {
  const metadata: Record<string, unknown> =
    '$metadata' in error && typeof error.$metadata === 'object' ? { ...error.$metadata } : {};
  const { httpStatusCode, clockSkewCorrected } = metadata;
  return {
    status: typeof httpStatusCode === 'number' ? httpStatusCode : 0,
    clockSkewCorrected: clockSkewCorrected === true,
    retryable: '$retryable' in error && error.$retryable !== undefined,
    hasAnswer: '$response' in error,
  };
};

/** A race that was lost, and a limit of the user's own, which would end the same again. */
const AVAILABLE_SQLSTATES: ReadonlySet<string> = new Set([
  ...CONFLICT_SQLSTATES,
  SQLSTATE.lockNotAvailable,
  SQLSTATE.transactionTimeout,
]);

/** Whether the database could not be reached or could not serve, as against refusing this statement or losing a race. */
export const isUnavailable = (error: unknown): boolean =>
  failureOf(error) !== 'refused' && !AVAILABLE_SQLSTATES.has(sqlStateOf(error));

const NOBODY_THERE = /^(ENOTFOUND|ECONNREFUSED|EACCES|EPERM|EAFNOSUPPORT|EPROTO|ERR_SSL_\w+)$/;

/**
 * Whether nothing answers at the address, or nothing that speaks TLS: a misspelt region, a network without a way out, a stack
 * that has ended, a proxy.
 */
export const isNobodyThere = (error: unknown): boolean => NOBODY_THERE.test(textOf(error, 'code'));

/**
 * For messages: PostgreSQL's code, or a failure's own and the host that it names, such as
 * "ENOTFOUND rds-data.eu-west-1.amazonaws.com".
 */
export const reasonOf = (error: unknown): string => {
  const sqlState = sqlStateOf(error);
  if (sqlState !== '') {
    return `SQLSTATE ${sqlState}`;
  }
  const host = textOf(error, 'hostname') || textOf(error, 'address');
  return `${textOf(error, 'code') || errorName(error)} ${host}`.trim();
};

/** What Node notes on an error of a socket; an empty string where it does not. */
const textOf = (error: unknown, field: 'code' | 'hostname' | 'address'): string => {
  const value = error instanceof Error ? Object.getOwnPropertyDescriptor(error, field)?.value : undefined;
  return typeof value === 'string' ? value : '';
};

// How failures of a call are told apart.
import { describe, expect, it } from 'vitest';
import {
  errorName,
  failureOf,
  isConflict,
  isNobodyThere,
  isUnavailable,
  reasonOf,
  sqlStateOf,
} from '../../../../functions/database/failures.ts';
import { dataApiError, postgresError } from '../../../helpers/data-api-errors.ts';

const socketError = (code: string) => Object.assign(new Error('socket'), { code });
const answered = (status: number, name = 'Unknown', details = {}) =>
  Object.assign(new Error('answered'), {
    name,
    $metadata: { httpStatusCode: status },
    $response: {},
    ...details,
  });
/** The SDK notes it on every failed answer whose date differs from the function's clock. */
const answeredByOtherClock = (httpStatusCode: number, name: string) =>
  answered(httpStatusCode, name, { $metadata: { httpStatusCode, clockSkewCorrected: true } });

const notRun: Record<string, unknown> = {
  'a resuming cluster': dataApiError('DatabaseResumingException'),
  'a cluster that starts, stops or is being changed': dataApiError('InvalidResourceStateException'),
  'a secret that could not be read in time': dataApiError('SecretsErrorException'),
  'a throttled call': dataApiError('ThrottlingException'),
  'status 429 without a name': answered(429),
  'a signature by a clock that the SDK has put right': answeredByOtherClock(403, 'InvalidSignatureException'),
  'a refused connection': socketError('ECONNREFUSED'),
  'a host that is not found': socketError('ENOTFOUND'),
  'a name server that is busy': socketError('EAI_AGAIN'),
  'a name server that fails': socketError('EAI_FAIL'),
  'a resolver without memory': socketError('EAI_MEMORY'),
  'two writers in conflict': postgresError('40001'),
  'a deadlock': postgresError('40P01'),
  'a lock that is held': postgresError('55P03'),
  'a statement that took too long': postgresError('57014'),
  'a server that starts': postgresError('57P03'),
  'too many connections': postgresError('53300'),
  'a writer that became a reader': postgresError('25006'),
};

const unknown: Record<string, unknown> = {
  'a time-out': socketError('ETIMEDOUT'),
  'a time-out of the SDK': dataApiError('TimeoutError'),
  'the limit of 45 s': dataApiError('StatementTimeoutException'),
  'a reset': socketError('ECONNRESET'),
  'a broken pipe': socketError('EPIPE'),
  'a connection that was given up': socketError('ECONNABORTED'),
  'a network that is gone': socketError('ENETDOWN'),
  'a protocol that was broken': socketError('EPROTO'),
  'a TLS record that is none': socketError('ERR_SSL_WRONG_VERSION_NUMBER'),
  'a TLS alert': socketError('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'),
  'an answer that is no HTTP': socketError('HPE_INVALID_CONSTANT'),
  'a socket that is closed': socketError('ERR_SOCKET_CLOSED'),
  'a stream that ended too soon': socketError('ERR_STREAM_PREMATURE_CLOSE'),
  'a server that shuts down': postgresError('57P01'),
  'a server that crashed': postgresError('57P02'),
  'a connection that broke behind the Data API': postgresError('08006'),
  'a commit that nobody saw': postgresError('40003'),
  'status 500': answered(500, 'InternalServerErrorException'),
  'status 500 without a name': answered(500),
  'a page of HTML with status 502': answered(502, 'SyntaxError'),
  'an empty answer with status 503': answered(503),
  'status 504': answered(504, 'DatabaseUnavailableException'),
  'status 500 by another clock': answeredByOtherClock(500, 'InternalServerErrorException'),
  'status 504 by another clock': answeredByOtherClock(504, 'DatabaseUnavailableException'),
  'the limit of 45 s by another clock': answeredByOtherClock(400, 'StatementTimeoutException'),
  'status 408': answered(408, 'RequestTimeoutException'),
  'a request that AWS gave up': answered(400, 'RequestAbortedException'),
  'a page of HTML with status 200': answered(200, 'SyntaxError'),
  'an error that the SDK would repeat': answered(400, 'LaterException', { $retryable: {} }),
};

const refused: Record<string, unknown> = {
  'a missing right': postgresError('42501'),
  'a missing table': postgresError('42P01'),
  'a violated constraint': postgresError('23514'),
  'an SQLSTATE that is none': postgresError('08'),
  'a right that AWS does not give': answered(403, 'AccessDeniedException'),
  'a right that AWS does not give, by another clock': answeredByOtherClock(403, 'AccessDeniedException'),
  'an unknown cluster': answered(404, 'DatabaseNotFoundException'),
  'a file that is missing': Object.assign(socketError('ENOENT'), { path: '/certificates.pem' }),
  'a certificate of nobody': socketError('DEPTH_ZERO_SELF_SIGNED_CERT'),
  'a certificate that has expired': socketError('CERT_HAS_EXPIRED'),
  'a certificate of an unknown issuer': socketError('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'),
  'a certificate of another host': socketError('ERR_TLS_CERT_ALTNAME_INVALID'),
  'a defect with a code': socketError('ERR_INVALID_ARG_TYPE'),
  'a defect': new TypeError('x is not a function'),
  'details of another form': Object.assign(new Error(), { $metadata: 'x' }),
  'details that are null': Object.assign(new Error(), { $metadata: null }),
  'a status of another form': Object.assign(new Error(), { $metadata: { httpStatusCode: '503' } }),
  'what is no error': 'ECONNRESET',
};

describe('a failed call', () => {
  it.each(Object.entries(notRun))('is known not to have run after %s', (_, error) => {
    expect(failureOf(error)).toBe('not-run');
  });

  it.each(Object.entries(unknown))('may have run after %s', (_, error) => {
    expect(failureOf(error)).toBe('unknown');
    expect(isUnavailable(error)).toBe(true);
  });

  it.each(Object.entries(refused))('is refused for good after %s', (_, error) => {
    expect(failureOf(error)).toBe('refused');
    expect(isUnavailable(error)).toBe(false);
  });

  it('met another writer, which is no unavailability', () => {
    for (const sqlState of ['40001', '40P01']) {
      expect(isConflict(postgresError(sqlState))).toBe(true);
      expect(isUnavailable(postgresError(sqlState))).toBe(false);
    }
    expect(isConflict(postgresError('23505'))).toBe(false);
    expect(isUnavailable(postgresError('55P03'))).toBe(false);
  });
});

it('may have run after a session that transaction_timeout has ended, which is no unavailability', () => {
  expect(failureOf(postgresError('25P04'))).toBe('unknown');
  expect(isUnavailable(postgresError('25P04'))).toBe(false);
});

it('finds the SQLSTATE in an error or in its cause, and none in anything else', () => {
  expect(sqlStateOf(postgresError('23505'))).toBe('23505');
  expect(sqlStateOf(new Error('Wrapped.', { cause: postgresError('23505') }))).toBe('23505');
  expect(sqlStateOf(new Error('ERROR: SQLState: 23503 was met\nthere; SQLState: P0001'))).toBe('P0001');
  expect(sqlStateOf(new Error('No state.'))).toBe('');
  expect(sqlStateOf('SQLState: 23505')).toBe('');
});

describe('for messages', () => {
  const unreached = (details: object) => Object.assign(new Error('connect'), details);

  it.each([
    [
      unreached({ code: 'ENOTFOUND', hostname: 'rds-data.x.amazonaws.com' }),
      'ENOTFOUND rds-data.x.amazonaws.com',
      true,
    ],
    [unreached({ code: 'ECONNREFUSED', address: '127.0.0.1' }), 'ECONNREFUSED 127.0.0.1', true],
    [unreached({ code: 'ETIMEDOUT', address: '10.0.0.1' }), 'ETIMEDOUT 10.0.0.1', false],
    [unreached({ code: 'ECONNRESET' }), 'ECONNRESET', false],
    [unreached({ code: 'EPROTO' }), 'EPROTO', true],
    [unreached({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'ERR_SSL_WRONG_VERSION_NUMBER', true],
    [unreached({ code: 7, hostname: 7 }), 'Error', false],
    [dataApiError('ThrottlingException'), 'ThrottlingException', false],
    ['no error', 'UnknownError', false],
  ])(
    'a failure names its code and where it went, and is known where nobody answers: %s',
    (error, words, isNobody) => {
      expect(reasonOf(error)).toBe(words);
      expect(isNobodyThere(error)).toBe(isNobody);
    },
  );

  it('an error has its name', () => {
    expect(errorName(new TypeError('x'))).toBe('TypeError');
    expect(errorName('x')).toBe('UnknownError');
  });
});

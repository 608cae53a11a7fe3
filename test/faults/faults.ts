// Everything that we can make go wrong with a call to AWS, and what the contract makes of it.
import type { Fault } from '../../local/aws/faults.ts';

export interface FaultCase {
  name: string;
  fault: Fault | readonly Fault[];
  /**
   * `passes`: the same request may succeed later. `later`: it may once a deploy has ended, so it is not repeated at once.
   * `refused`: it is refused again. `harmless`: it only takes longer.
   */
  kind: 'passes' | 'later' | 'refused' | 'harmless';
  /** Besides once and always. */
  lasting?: readonly Times[];
}

/** Which calls meet the fault: the first one, all, or all in so many seconds from the first one on. */
export type Times = 'once' | 'always' | { seconds: number };

export const timesOf = ({ lasting = [] }: FaultCase): readonly Times[] => ['once', 'always', ...lasting];

export const describeTimes = (times: Times): string =>
  typeof times === 'string' ? times : `for ${times.seconds} s`;

const error = (name: string, status: number, kind: FaultCase['kind'] = 'passes'): FaultCase => ({
  name: `${name} (${status})`,
  fault: { kind: 'error', name, status },
  kind,
});

const sqlState = (state: string, words: string, kind: FaultCase['kind'] = 'passes'): FaultCase => ({
  name: `SQLSTATE ${state}, ${words}`,
  fault: {
    kind: 'error',
    name: 'DatabaseErrorException',
    message: `ERROR: ${words}; SQLState: ${state}`,
    status: 400,
  },
  kind,
});

const answer = (name: string, status: number, body?: string, contentType?: string): FaultCase => ({
  name,
  fault: {
    kind: 'answer',
    status,
    ...(body !== undefined && { body }),
    ...(contentType !== undefined && { contentType }),
  },
  kind: 'passes',
});

/** Of anything that answers by HTTP: the Data API and Secrets Manager alike. */
const connectionFaults: readonly FaultCase[] = [
  error('ThrottlingException', 400),
  error('TooManyRequestsException', 429),
  error('RequestTimeoutException', 408),
  error('RequestAbortedException', 400),
  error('InternalServerErrorException', 500),
  error('ServiceUnavailable', 503),
  error('AccessDeniedException', 400, 'refused'),
  error('UnrecognizedClientException', 403, 'refused'),
  error('ExpiredTokenException', 403, 'refused'),
  answer('an empty 503', 503),
  answer('an empty 502', 502),
  answer("a proxy's 502 in HTML", 502, '<html><body>Bad Gateway</body></html>', 'text/html'),
  answer("a proxy's 200 in HTML", 200, '<html><body>Welcome</body></html>', 'text/html'),
  { name: 'the connection closed before the call', fault: { kind: 'dropped-request' }, kind: 'passes' },
  {
    name: 'the connection reset before the call',
    fault: { kind: 'dropped-request', reset: true },
    kind: 'passes',
  },
  { name: 'the connection closed after the call', fault: { kind: 'lost-response' }, kind: 'passes' },
  {
    name: 'the connection reset after the call',
    fault: { kind: 'lost-response', reset: true },
    kind: 'passes',
  },
  { name: 'an answer cut in its middle', fault: { kind: 'truncated-answer', bytes: 10 }, kind: 'passes' },
  { name: 'an answer that stops after its headers', fault: { kind: 'stalled-answer' }, kind: 'passes' },
  { name: 'a second of delay', fault: { kind: 'delay', ms: 1_000 }, kind: 'harmless' },
  { name: '12 s of delay before the call', fault: { kind: 'delay', ms: 12_000 }, kind: 'passes' },
  { name: '12 s of delay after the call', fault: { kind: 'delay', ms: 12_000, after: true }, kind: 'passes' },
];

export const databaseFaults: readonly FaultCase[] = [
  ...connectionFaults,
  {
    ...error('DatabaseResumingException', 400),
    lasting: [{ seconds: 1 }, { seconds: 15 }, { seconds: 40 }],
  },
  error('DatabaseUnavailableException', 504),
  error('ServiceUnavailableError', 503),
  error('StatementTimeoutException', 400),
  error('InvalidResourceStateException', 400),
  error('BadRequestException', 400, 'refused'),
  error('ForbiddenException', 403, 'refused'),
  error('DatabaseNotFoundException', 404, 'refused'),
  error('NotFoundException', 404, 'refused'),
  error('HttpEndpointNotEnabledException', 400, 'refused'),
  error('InvalidSecretException', 400, 'refused'),
  error('SecretsErrorException', 400),
  error('UnsupportedResultException', 400, 'refused'),
  error('SurprisingException', 400, 'refused'),
  sqlState('40001', 'two writers in conflict'),
  sqlState('40P01', 'deadlock'),
  sqlState('53300', 'too many connections'),
  sqlState('57P01', 'shutting down'),
  sqlState('57P03', 'starting up'),
  sqlState('08006', 'connection to the server lost'),
  sqlState('25006', 'a writer that became a reader'),
  sqlState('55P03', 'a lock that was not to be had'),
  sqlState('57014', 'cancelled by a time-out'),
  sqlState('42P01', 'a table that is not there yet', 'later'),
  sqlState('42501', 'a right that is missing', 'refused'),
  sqlState('28P01', 'a password that is refused', 'refused'),
  answer('200 with an empty body', 200),
  answer('200 with {}', 200, '{}'),
  answer('200 with []', 200, '[]'),
  answer('200 with records null', 200, '{"records":null}'),
  answer('200 with no record', 200, '{"records":[]}'),
  answer('200 with an empty record', 200, '{"records":[[]]}'),
  answer('200 with a record that is null', 200, '{"records":[null]}'),
  answer(
    '200 with a count in words',
    200,
    '{"numberOfRecordsUpdated":"x","records":[[{"stringValue":"x"}]]}',
  ),
  answer('200 with an outcome that is not known', 200, '{"records":[[{"stringValue":"x"}]]}'),
  answer('200 with a row of another query', 200, '{"records":[[{"longValue":1}]]}'),
];

export const keyFaults: readonly FaultCase[] = [
  ...connectionFaults,
  error('ResourceNotFoundException', 400, 'refused'),
  error('DecryptionFailure', 400, 'refused'),
  error('InternalServiceError', 500),
  // A secret may hold bytes, and then there is no string in the answer.
  { ...answer('200 with an empty body', 200), kind: 'refused' },
];

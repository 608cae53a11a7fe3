// Invoke: runs a function and waits (RequestResponse), does not wait (Event), or only checks (DryRun).
import { ALIAS } from '../../../functions/contract.ts';
import type { Reply } from '../../support/loopback-server.ts';
import { arnOf } from '../account.ts';
import type { OperationRequest } from '../services.ts';
import { functionReference, userError } from './function-reference.ts';
import type { LocalFunctions } from './local-function.ts';

const MAX_BYTES = { RequestResponse: 6 * 1024 * 1024, DryRun: 6 * 1024 * 1024, Event: 1024 * 1024 };
const LOG_TAIL_BYTES = 4 * 1024;

/** By qualifier: a deployment publishes its functions as a version behind the alias. */
const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['$LATEST', '$LATEST'],
  [ALIAS, '1'],
]);

type InvocationType = keyof typeof MAX_BYTES;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** An Event is run once: where Lambda would try it twice more, what went wrong is in the function's log. */
export const invoke = async (functions: LocalFunctions, request: OperationRequest): Promise<Reply> => {
  const { name, qualifier } = functionReference(request);
  const found = functions.get(name);
  const version = VERSIONS.get(qualifier ?? '$LATEST');
  if (found === undefined || version === undefined) {
    const resource = `function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;
    throw userError('ResourceNotFoundException', `Function not found: ${arnOf('lambda', resource)}`, 404);
  }
  const type = invocationType(request);
  const payload = payloadOf(request, type);
  const headers = { 'x-amz-executed-version': version };
  if (type === 'DryRun') {
    return { status: 204, headers, body: '' };
  }
  if (type === 'Event') {
    found.invoke(payload);
    return { status: 202, headers, body: '' };
  }
  const { payload: body, failed, log } = await found.invoke(payload);
  const wantsLog = request.headers['x-amz-log-type'] === 'Tail';
  return {
    status: 200,
    headers: {
      ...headers,
      ...(failed && { 'x-amz-function-error': 'Unhandled' }),
      ...(wantsLog && { 'x-amz-log-result': Buffer.from(log).subarray(-LOG_TAIL_BYTES).toString('base64') }),
    },
    body,
  };
};

const invocationType = ({ headers }: OperationRequest): InvocationType => {
  const asked = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (asked === 'RequestResponse' || asked === 'Event' || asked === 'DryRun') {
    return asked;
  }
  throw userError('InvalidParameterValueException', `There is no invocation type ${asked}`);
};

const payloadOf = ({ body: { size, bytes } }: OperationRequest, type: InvocationType): string => {
  if (bytes === undefined || size > MAX_BYTES[type]) {
    throw userError(
      'RequestTooLargeException',
      `${size} byte payload is too large for the ${type} invocation type (limit ${MAX_BYTES[type]} bytes)`,
      413,
    );
  }
  try {
    const payload = utf8.decode(bytes);
    if (payload !== '') {
      JSON.parse(payload);
    }
    return payload;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw userError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`);
  }
};

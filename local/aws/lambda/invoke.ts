// Invoke: runs a function and waits (RequestResponse), does not wait (Event), or only checks (DryRun).
import { AwsError } from '../errors.ts';
import type { LocalFunctions } from './local-function.ts';

export interface InvokeRequest {
  functionName: string;
  payload: string;
  /** X-Amz-Invocation-Type and X-Amz-Log-Type. */
  invocationType: string;
  logType: string;
}

export interface InvokeReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const MAX_REQUEST_BYTES = 6 * 1024 * 1024;
const MAX_EVENT_BYTES = 1024 * 1024;
const LOG_TAIL_BYTES = 4 * 1024;

/** An Event is run once: where Lambda would try it twice more, what went wrong is in the function's log. */
export const invoke = async (functions: LocalFunctions, request: InvokeRequest): Promise<InvokeReply> => {
  const name = nameIn(request.functionName);
  const found = functions[name];
  if (found === undefined) {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  }
  checkPayload(request);
  const headers = { 'x-amz-executed-version': '$LATEST' };
  if (request.invocationType === 'DryRun') {
    return { status: 204, headers, body: '' };
  }
  if (request.invocationType === 'Event') {
    found.invoke(request.payload);
    return { status: 202, headers, body: '' };
  }
  const { payload, failed, log } = await found.invoke(request.payload);
  const tail = Buffer.from(log).subarray(-LOG_TAIL_BYTES).toString('base64');
  return {
    status: 200,
    headers: {
      ...headers,
      ...(failed && { 'x-amz-function-error': 'Unhandled' }),
      ...(request.logType === 'Tail' && { 'x-amz-log-result': tail }),
    },
    body: payload,
  };
};

/** A name, an ARN or `<account>:function:<name>`, each with or without a version or alias behind it. */
const nameIn = (functionName: string): string => {
  const partial = /(?:^|:)function:([^:]+)/.exec(functionName)?.[1];
  return partial ?? functionName.split(':')[0] ?? '';
};

const checkPayload = ({ payload, invocationType }: InvokeRequest): void => {
  const limit = invocationType === 'Event' ? MAX_EVENT_BYTES : MAX_REQUEST_BYTES;
  const size = Buffer.byteLength(payload);
  if (size > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `${size} byte payload is too large for the ${invocationType} invocation type (limit ${limit} bytes)`,
      413,
    );
  }
  if (!['RequestResponse', 'Event', 'DryRun'].includes(invocationType)) {
    throw new AwsError('InvalidParameterValueException', `There is no invocation type ${invocationType}`);
  }
  try {
    if (payload !== '') {
      JSON.parse(payload);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`);
  }
};

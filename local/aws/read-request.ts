// Reads a request: which operation it is for, and its body as far as that operation's service would read it.
import type { IncomingMessage } from 'node:http';
import { readBody } from '../support/read-body.ts';
import { AwsError, type Protocol } from './errors.ts';
import { type OperationName, operations } from './operations.ts';
import { parseJson } from './parse-json.ts';
import { type OperationRequest, services } from './services.ts';

const byRoute = new Map<string, OperationName>();
for (const name of Object.keys(operations)) {
  if (isOperation(name)) {
    byRoute.set(operations[name].route, name);
  }
}

/** @throws AwsError UnknownOperationException, which names what is supported */
export const findOperation = (message: IncomingMessage): OperationName => {
  const asked = `${message.headers['x-amz-target'] ?? `${message.method} ${urlOf(message).path}`}`;
  const found = byRoute.get(
    asked.replace(/^(POST \/2015-03-31\/functions\/)[^/]+(\/invocations)$/, '$1{FunctionName}$2'),
  );
  if (found !== undefined) {
    return found;
  }
  throw new AwsError(
    'UnknownOperationException',
    `This local endpoint does not know "${asked}". It knows ${[...byRoute.values()].join(', ')}.`,
    404,
  );
};

/** @throws AwsError for a body that is too large, or not what the service takes */
export const readRequest = async (
  message: IncomingMessage,
  operation: OperationName,
): Promise<OperationRequest> => {
  const { service } = operations[operation];
  const { maxBodyBytes } = services[service];
  const body = await readBody(message, maxBodyBytes);
  const request = { ...urlOf(message), headers: message.headers, body };
  if (service === 'lambda') {
    return { ...request, json: undefined };
  }
  if (body.bytes === undefined) {
    throw new AwsError(
      'RequestEntityTooLargeException',
      `HTTP content length exceeded ${maxBodyBytes} bytes.`,
      413,
    );
  }
  return { ...request, json: parseJson(body.bytes) };
};

/** Of a request that may be for no operation at all. */
export const protocolOf = (message: IncomingMessage): Protocol =>
  message.headers['x-amz-target'] === undefined ? 'rest-json' : 'json-1.1';

const urlOf = ({ url = '' }: IncomingMessage) => {
  const [path = '', query] = url.split(/\?(.*)/s);
  return { path, query: new URLSearchParams(query) };
};

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

// Finds which operation a request asks for: by X-Amz-Target in Secrets Manager's protocol, by path in the others'.
import type { IncomingMessage } from 'node:http';
import { AwsError } from './errors.ts';
import { type OperationName, operations } from './operations.ts';

const names: readonly OperationName[] = Object.keys(operations).filter(
  (name): name is OperationName => name in operations,
);
const byRoute = new Map<string, OperationName>(names.map((name) => [operations[name].route, name]));

/** @throws AwsError UnknownOperationException, which names what is supported */
export const findOperation = (request: IncomingMessage, path: string): OperationName => {
  const asked = `${request.headers['x-amz-target'] ?? `${request.method} ${path}`}`;
  const found = byRoute.get(
    asked.replace(/^(POST \/2015-03-31\/functions\/)[^/]+(\/invocations)$/, '$1{FunctionName}$2'),
  );
  if (found !== undefined) {
    return found;
  }
  throw new AwsError(
    'UnknownOperationException',
    `This local endpoint does not know "${asked}". It knows ${names.join(', ')}.`,
    404,
  );
};

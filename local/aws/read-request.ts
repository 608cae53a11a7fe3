// Reads a request, as far as the service that it is for would.
import type { IncomingMessage } from 'node:http';
import { AwsError } from './errors.ts';
import type { OperationRequest } from './operations.ts';

// Lambda has a limit of its own for each invocation type, and an error of its own for it.
const limits = {
  'rds-data': 4 * 1024 * 1024,
  secretsmanager: 1024 * 1024,
  lambda: 64 * 1024 * 1024,
} as const;

export const readRequest = async (
  message: IncomingMessage,
  path: string,
  service: keyof typeof limits,
): Promise<OperationRequest> => {
  const text = await readText(message, limits[service]);
  return { path, headers: message.headers, text, body: service === 'lambda' ? undefined : parseJson(text) };
};

const readText = async (message: IncomingMessage, limit: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
    }
  }
  if (size > limit) {
    throw new AwsError('RequestEntityTooLargeException', `HTTP content length exceeded ${limit} bytes.`, 413);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON.');
  }
};

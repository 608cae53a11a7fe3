// An error in the form of the service that it comes from.
import type { IncomingMessage } from 'node:http';
import type { AwsError } from './errors.ts';
import type { Reply } from './operations.ts';

export const errorReply = (
  { name, message, status, details }: AwsError,
  request: IncomingMessage,
): Reply => ({
  status,
  headers: { 'x-amzn-errortype': name },
  body: JSON.stringify(
    request.headers['x-amz-target'] === undefined
      ? { message, ...details }
      : // JSON 1.1 carries the name in the body.
        { __type: name, Message: message, message },
  ),
});

// Errors as AWS's services answer them: a name, an HTTP status, words, and a form that differs by protocol.
import type { Reply } from '../support/loopback-server.ts';

export class AwsError extends Error {
  readonly status: number;
  /** Further members of the error's body, such as `dbConnectionId`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, status = 400, details: Record<string, unknown> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.details = details;
  }
}

/** A request that the service refuses before it does anything. */
export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);

export type Protocol = 'rest-json' | 'json-1.1';

/** REST-JSON names the error in a header, JSON 1.1 in the body. Sources: smithy.io, aws-restjson1 and aws-json-1_1. */
export const errorReply = ({ name, message, status, details }: AwsError, protocol: Protocol): Reply => ({
  status,
  headers: { 'x-amzn-errortype': name },
  body: JSON.stringify(
    protocol === 'json-1.1'
      ? { __type: name, Message: message, message }
      : { ...(message === '' ? {} : { message }), ...details },
  ),
});

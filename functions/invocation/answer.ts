// Results and errors as HTTP answers.
import { ModelRefusedError, ServiceError } from '../errors.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** Seconds until a resuming or busy database is worth another try. */
const RETRY_AFTER = { 'retry-after': '5' };

/** What is told of failures on this side, whatever their cause. */
const FAILURES: Record<string, string> = {
  DECRYPT_FAILED:
    'The stored model cannot be decrypted. Nothing was changed; tell the operator of this service.',
  DATABASE_UNAVAILABLE: 'The database is resuming or busy. Try again in a few seconds.',
};
const UNEXPECTED = 'An unexpected error occurred. It is in the log of this service.';

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

export const answer = (statusCode: number, body: object): Answer => ({
  statusCode,
  headers: HEADERS,
  body: JSON.stringify(body),
});

/** `{error, code}`, with `model` where one was refused. Nothing of an unexpected error's cause is told. */
export const errorAnswer = (error: unknown): Answer => {
  if (error instanceof ModelRefusedError) {
    return answer(error.statusCode, { error: error.message, code: error.code, model: error.model });
  }
  if (error instanceof ServiceError && error.statusCode < 500) {
    return answer(error.statusCode, { error: error.message, code: error.code });
  }
  const told = error instanceof ServiceError ? FAILURES[error.code] : undefined;
  if (!(error instanceof ServiceError) || told === undefined) {
    return answer(500, { error: UNEXPECTED, code: 'INTERNAL_ERROR' });
  }
  const failure = answer(error.statusCode, { error: told, code: error.code });
  return error.statusCode === 503 ? { ...failure, headers: { ...HEADERS, ...RETRY_AFTER } } : failure;
};

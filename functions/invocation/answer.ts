// Results and errors as HTTP answers. Nothing else in functions/ knows a status code.
import { type Code, ServiceError } from '../errors.ts';
import { ModelRefusedError } from '../model/errors.ts';

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** How HTTP answers a code. An error of kind `refused` shows its own message, a failure only `text`. */
export interface HttpError {
  status: number;
  text?: string;
  /** Seconds until another try is worth its while. */
  retryAfter?: number;
}

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** A resuming cluster takes about 15 s; three tries at this distance outlast it. */
const RETRY_AFTER_SECONDS = 5;

/** A deploy takes minutes rather than seconds. */
const MIGRATION_RETRY_AFTER_SECONDS = 30;

const UNEXPECTED = {
  status: 500,
  text: 'An unexpected error occurred. It is in the log of this service.',
};

const KEY_UNUSABLE = {
  status: 500,
  text: 'This service cannot use its encryption key. Nothing was changed. Report it to the operator.',
};

export const HTTP_ERRORS = {
  INVALID_CONDITION: { status: 400 },
  INVALID_REQUEST: { status: 400 },
  INVALID_REQUEST_BODY: { status: 400 },
  INVALID_WORKSPACE_ID: { status: 400 },
  WORKSPACE_NOT_FOUND: { status: 404 },
  PICK_CHANGED: { status: 412 },
  MALFORMED_MODEL_ID: { status: 422 },
  MODEL_NOT_OFFERED: { status: 422 },
  MODEL_RETIRED: { status: 422 },
  MODEL_REQUIRED: { status: 422 },
  PROVIDER_SLUG: { status: 422 },
  RUNTIME_NAME: { status: 422 },
  DECRYPT_FAILED: {
    status: 500,
    text: 'The stored model cannot be decrypted. Nothing was changed. Report it to the operator of this service.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    text: 'The database is resuming or busy. Try again in a few seconds.',
    retryAfter: RETRY_AFTER_SECONDS,
  },
  DATABASE_NOT_MIGRATED: {
    status: 503,
    text: 'A deploy is changing the database, or one was undone. Nothing was changed. Try again in half a minute.',
    retryAfter: MIGRATION_RETRY_AFTER_SECONDS,
  },
  DATABASE_REFUSED: {
    status: 500,
    text: 'The database refused a statement of this service. Nothing was changed. Report it to the operator.',
  },
  SECRET_UNAVAILABLE: {
    status: 503,
    text: 'The encryption key cannot be fetched at the moment. Nothing was changed. Try again in a few seconds.',
    retryAfter: RETRY_AFTER_SECONDS,
  },
  SECRET_UNREADABLE: KEY_UNUSABLE,
  ENCRYPTION_KEY_UNUSABLE: KEY_UNUSABLE,
  INTERNAL_ERROR: UNEXPECTED,
  // Of the audit and the migration, which no HTTP function runs.
  AUDIT_INCOMPLETE: UNEXPECTED,
  ANOTHER_RUNNER: UNEXPECTED,
  DATABASE_SETUP: UNEXPECTED,
  MIGRATION_FAILED: UNEXPECTED,
  MIGRATION_FILE: UNEXPECTED,
  MIGRATION_HISTORY: UNEXPECTED,
  MIGRATION_NOT_FINISHED: UNEXPECTED,
} satisfies Record<Code, HttpError>;

/** @param etag of the pick that the answer shows or has saved, see database/etag.ts */
export const answer = (statusCode: number, body: object, etag?: string): Answer => ({
  statusCode,
  headers: etag === undefined ? HEADERS : { ...HEADERS, etag: `"${etag}"` },
  body: JSON.stringify(body),
});

/** `{error, code}`, with `model` where one was refused. The cause of a failure is never shown. */
export const errorAnswer = (error: unknown): Answer => {
  const code = error instanceof ServiceError ? error.code : 'INTERNAL_ERROR';
  const { status, text, retryAfter }: HttpError = HTTP_ERRORS[code];
  const shown = error instanceof ServiceError && error.kind === 'refused' ? error.message : text;
  const refused =
    error instanceof ModelRefusedError
      ? { model: error.model, ...(error.suggestions && { suggestions: error.suggestions }) }
      : {};
  const made = answer(status, { error: shown, code, ...refused });
  return retryAfter === undefined
    ? made
    : { ...made, headers: { ...HEADERS, 'retry-after': `${retryAfter}` } };
};

// The base of every error that this service raises on purpose. The errors of a room stand in its errors.ts.

/** `refused`: whoever asked can mend it. `failed`: this service, or something that it depends on, is at fault. */
export type Kind = 'refused' | 'failed';

/** What answers, logs and metrics call an error. invocation/answer.ts maps each of them to HTTP. */
export type Code =
  | 'AUDIT_INCOMPLETE'
  | 'INTERNAL_ERROR'
  | 'INVALID_CONDITION'
  | 'INVALID_REQUEST'
  | 'INVALID_REQUEST_BODY'
  | 'INVALID_WORKSPACE_ID'
  | 'MALFORMED_MODEL_ID'
  | 'MODEL_NOT_OFFERED'
  | 'MODEL_RETIRED'
  | 'MODEL_REQUIRED'
  | 'PICK_CHANGED'
  | 'PROVIDER_SLUG'
  | 'RUNTIME_NAME'
  | 'WORKSPACE_NOT_FOUND'
  | 'DATABASE_NOT_MIGRATED'
  | 'DATABASE_REFUSED'
  | 'DATABASE_UNAVAILABLE'
  | 'SECRET_UNAVAILABLE'
  | 'SECRET_UNREADABLE'
  | 'ENCRYPTION_KEY_UNUSABLE'
  | 'DECRYPT_FAILED'
  | 'ANOTHER_RUNNER'
  | 'DATABASE_SETUP'
  | 'MIGRATION_FAILED'
  | 'MIGRATION_FILE'
  | 'MIGRATION_HISTORY'
  | 'MIGRATION_NOT_FINISHED';

/** An expected failure. Its message never holds a secret; whether a caller sees it depends on the kind. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  readonly kind: Kind = 'failed';
  readonly code: Code = 'INTERNAL_ERROR';
}

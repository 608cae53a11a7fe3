// Errors of the database room.
import { ServiceError } from '../errors.ts';

export class WorkspaceNotFoundError extends ServiceError {
  override name = 'WorkspaceNotFoundError';
  override readonly kind = 'refused';
  override readonly code = 'WORKSPACE_NOT_FOUND';
}

/** The condition of a write does not hold: somebody else has changed the pick. */
export class PickChangedError extends ServiceError {
  override name = 'PickChangedError';
  override readonly kind = 'refused';
  override readonly code = 'PICK_CHANGED';
}

/** The database is resuming, throttled or out of reach, and stayed so past the retries. */
export class DatabaseUnavailableError extends ServiceError {
  override name = 'DatabaseUnavailableError';
  override readonly code = 'DATABASE_UNAVAILABLE';
}

/** The database stands below the version that this release needs, or is on its way down or up. */
export class DatabaseNotMigratedError extends ServiceError {
  override name = 'DatabaseNotMigratedError';
  override readonly code = 'DATABASE_NOT_MIGRATED';

  constructor(options?: ErrorOptions) {
    super(
      'The database is not at the version that this release needs. Try again when the deploy has ended.',
      options,
    );
  }
}

/** What answered is not what the Data API documents; whether the statement took effect is not known. */
export class DatabaseAnswerError extends ServiceError {
  override name = 'DatabaseAnswerError';
  override readonly code = 'DATABASE_UNAVAILABLE';
}

/** The database refuses a statement of this service and will again: a right, a table or the cluster is missing. */
export class DatabaseRefusedError extends ServiceError {
  override name = 'DatabaseRefusedError';
  override readonly code = 'DATABASE_REFUSED';
}

/** A write did nothing, because it reached the database outside of its time. */
export class UntimelyError extends ServiceError {
  override name = 'UntimelyError';
  override readonly code = 'DATABASE_UNAVAILABLE';
}

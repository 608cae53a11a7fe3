// Errors of the database room.
import { ServiceError } from '../errors.ts';

export class WorkspaceNotFoundError extends ServiceError {
  override name = 'WorkspaceNotFoundError';
  override readonly kind = 'refused';
  override readonly code = 'WORKSPACE_NOT_FOUND';
}

/** The database is resuming, throttled or out of reach, and stayed so past the retries. */
export class DatabaseUnavailableError extends ServiceError {
  override name = 'DatabaseUnavailableError';
  override readonly code = 'DATABASE_UNAVAILABLE';
}

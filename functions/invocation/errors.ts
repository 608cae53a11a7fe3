// Errors of the invocation room: requests that are not what an entry point takes, and an audit that time ran out for.
import { ServiceError } from '../errors.ts';

export class InvalidWorkspaceIdError extends ServiceError {
  override name = 'InvalidWorkspaceIdError';
  override readonly kind = 'refused';
  override readonly code = 'INVALID_WORKSPACE_ID';
}

export class InvalidRequestBodyError extends ServiceError {
  override name = 'InvalidRequestBodyError';
  override readonly kind = 'refused';
  override readonly code = 'INVALID_REQUEST_BODY';
}

/** If-Match or If-None-Match is none that a PUT takes. */
export class InvalidConditionError extends ServiceError {
  override name = 'InvalidConditionError';
  override readonly kind = 'refused';
  override readonly code = 'INVALID_CONDITION';
}

/** The event of a direct invocation is not the request that the function takes. */
export class InvalidRequestError extends ServiceError {
  override name = 'InvalidRequestError';
  override readonly kind = 'refused';
  override readonly code = 'INVALID_REQUEST';
}

/** The time of the function ends before the fleet does. */
export class AuditIncompleteError extends ServiceError {
  override name = 'AuditIncompleteError';
  override readonly code = 'AUDIT_INCOMPLETE';
}

// Errors of the HTTP room.
import { ServiceError } from '../errors.ts';

export class InvalidWorkspaceIdError extends ServiceError {
  override name = 'InvalidWorkspaceIdError';
  override code = 'INVALID_WORKSPACE_ID';
  override statusCode = 400;
}

export class InvalidRequestBodyError extends ServiceError {
  override name = 'InvalidRequestBodyError';
  override code = 'INVALID_REQUEST_BODY';
  override statusCode = 400;
}

// Functions that are invoked directly, where a failure is an error with a name.
import type { FunctionName } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { observed } from './observed.ts';
import type { ObservedContext } from './telemetry.ts';

const UNEXPECTED = 'An unexpected error occurred. The log of this function names it under this request.';

type Handle<Result> = (event: unknown, context: ObservedContext) => Promise<Result>;

/**
 * `errorType` of a failed invocation is the error's name.
 * @param shorten makes a message fit for the caller; the log has it whole
 */
export const directFunction = <Result>(
  serviceName: FunctionName,
  handle: Handle<Result>,
  shorten = (message: string): string => message,
) =>
  observed<unknown, Result>(
    serviceName,
    (request) => {
      request.error = shownError(request.error, shorten);
    },
    handle,
  );

/**
 * Lambda's runtime logs a thrown error with all its properties and causes, so the caller's error has name and message
 * alone, and of an unexpected error not even these.
 */
const shownError = (error: unknown, shorten: (message: string) => string): Error => {
  const known = error instanceof ServiceError;
  const shown = new Error(known ? shorten(error.message) : UNEXPECTED);
  shown.name = known ? error.name : 'InternalError';
  return shown;
};

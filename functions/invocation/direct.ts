// The middy chain of functions that are invoked directly, where a failure is an error with a name.
import middy from '@middy/core';
import { ServiceError } from '../errors.ts';
import { type ObservedContext, observe } from './telemetry.ts';

const UNEXPECTED = 'An unexpected error occurred. The log of this function names it under this request.';

type Handle<Result> = (event: unknown, context: ObservedContext) => Promise<Result>;

/**
 * `errorType` of a failed invocation is the error's name. Lambda's runtime writes a thrown error into the log with all
 * its properties and causes, so what leaves here is name and message alone, and of unexpected errors not even these.
 */
export const directFunction = <Result>(serviceName: string, handle: Handle<Result>) =>
  middy<unknown, Result, Error, ObservedContext>()
    .onError((request) => {
      request.error = leaving(request.error);
    })
    .use(observe(serviceName))
    .handler(handle);

const leaving = (error: unknown): Error => {
  const known = error instanceof ServiceError;
  const left = new Error(known ? error.message : UNEXPECTED);
  left.name = known ? error.name : 'InternalError';
  return left;
};

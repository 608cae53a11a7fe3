// The one middy chain of every function: counted, timed and logged, errors as the caller is to see them, and an answer
// before the time of the function ends.
import middy from '@middy/core';
import type { FunctionName } from '../contract.ts';
import { DatabaseUnavailableError } from '../database/errors.ts';
import { type MapError, type ObservedContext, observe } from './telemetry.ts';

/** Time kept back to answer and log when the database does not return. */
export const TIMEOUT_EARLY_MS = 500;

type Handle<Event, Result> = (event: Event, context: ObservedContext) => Promise<Result>;

export const observed = <Event, Result>(
  serviceName: FunctionName,
  mapError: MapError<Event, Result>,
  handle: Handle<Event, Result>,
) =>
  middy<Event, Result, Error, ObservedContext>({
    timeoutEarlyInMillis: TIMEOUT_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new DatabaseUnavailableError(
        'The database did not answer in the time of the function. Try again in a few seconds.',
      );
    },
  })
    .use(observe(serviceName, mapError))
    .handler((event, context, { signal }) => {
      context.invocation.signal = signal;
      return handle(event, context);
    });

// The one middy chain of the HTTP functions: observed, errors as answers, never past the function's time.
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { DatabaseUnavailableError } from '../database/errors.ts';
import { type Answer, errorAnswer } from './answer.ts';
import { type ObservedContext, observe } from './telemetry.ts';

/** Time kept back to answer and log when the database does not return. */
const TIMEOUT_EARLY_MS = 500;

type Handle = (event: APIGatewayProxyEventV2, context: ObservedContext) => Promise<Answer>;

export const httpFunction = (serviceName: string, handle: Handle) =>
  middy<APIGatewayProxyEventV2, Answer, Error, ObservedContext>({
    timeoutEarlyInMillis: TIMEOUT_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new DatabaseUnavailableError('The database did not answer in the time of the function.');
    },
  })
    .onError((request) => {
      request.response = errorAnswer(request.error);
    })
    .use(observe(serviceName))
    .handler(handle);

// Functions behind the HTTP API, where an error is an answer with a status.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { FunctionName } from '../contract.ts';
import { type Answer, errorAnswer } from './answer.ts';
import { observed } from './observed.ts';
import type { ObservedContext } from './telemetry.ts';

type Handle = (event: APIGatewayProxyEventV2, context: ObservedContext) => Promise<Answer>;

export const httpFunction = (serviceName: FunctionName, handle: Handle) =>
  observed<APIGatewayProxyEventV2, Answer>(
    serviceName,
    (request) => {
      request.response = errorAnswer(request.error);
    },
    handle,
  );

// The path of a request, parsed. The body has a file of its own, for get-model is to load without zod.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseWorkspaceId } from '../model/workspace-id.ts';
import { InvalidWorkspaceIdError } from './errors.ts';

/** The workspace in the path, in lower case. @throws InvalidWorkspaceIdError */
export const workspaceIdOf = (event: APIGatewayProxyEventV2): string => {
  const id = parseWorkspaceId(event.pathParameters?.['id']);
  if (id === undefined) {
    throw new InvalidWorkspaceIdError('The workspace id in the path must be a UUID.');
  }
  return id;
};

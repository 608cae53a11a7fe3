// The body of a request, parsed.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { InvalidRequestBodyError } from './errors.ts';

export const Body = z.object({ model: z.string() });

/** The body's `model`, as sent. The content type does not matter. @throws InvalidRequestBodyError */
export const modelOf = (event: APIGatewayProxyEventV2): string => {
  const parsed = Body.safeParse(parseJson(decodeBody(event)));
  if (!parsed.success) {
    throw new InvalidRequestBodyError(
      'Send a JSON object with a string "model", or an empty string to clear the pick.',
    );
  }
  return parsed.data.model;
};

const decodeBody = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): string =>
  isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;

/** Without the byte order mark that Windows PowerShell writes before what it saves, which trim removes. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text.trim());
  } catch {
    return undefined;
  }
};

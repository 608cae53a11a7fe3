// A request as API Gateway's HTTP API hands it to a function: payload format 2.0.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

// API Gateway hands over text as text and everything else in base64: also forms, as which curl sends what it is not told of, and
// a body without a content type.
const TEXT = /^(?:text\/|application\/(?:.+\+)?(?:json|xml|javascript)(?:;|$))/i;

export const eventOf = (
  message: IncomingMessage,
  routeKey: string,
  pathParameters: Record<string, string>,
  body: Buffer,
): APIGatewayProxyEventV2 => {
  const [rawPath = '/', rawQueryString = ''] = (message.url ?? '/').split(/\?(.*)/s);
  const query = [...new URLSearchParams(rawQueryString).keys()];
  const isText = TEXT.test(message.headers['content-type'] ?? '');
  const { cookie, ...headers } = joinedHeaders(message);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers,
    ...(query.length > 0 && { queryStringParameters: queryOf(rawQueryString) }),
    pathParameters,
    requestContext: contextOf(message, routeKey, rawPath),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
};

/** Names are in lower case; a header that came more than once is joined by commas. */
const joinedHeaders = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === 'cookie' ? '; ' : ','),
    ]),
  );

const queryOf = (rawQueryString: string): Record<string, string> => {
  const parameters = new URLSearchParams(rawQueryString);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join(',')]));
};

const contextOf = (
  message: IncomingMessage,
  routeKey: string,
  path: string,
): APIGatewayProxyEventV2['requestContext'] => {
  const now = new Date();
  const host = message.headers.host ?? '127.0.0.1';
  return {
    accountId: 'anonymous',
    apiId: 'local',
    domainName: host,
    domainPrefix: host.split('.')[0] ?? host,
    http: {
      method: message.method ?? 'GET',
      path,
      protocol: `HTTP/${message.httpVersion}`,
      sourceIp: message.socket.remoteAddress ?? '',
      userAgent: message.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: logTime(now),
    timeEpoch: now.getTime(),
  };
};

/** As web servers write it in their logs: `12/Mar/2020:19:03:58 +0000`. */
const logTime = (moment: Date): string =>
  moment.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.+) GMT$/, '$1/$2/$3:$4 +0000');

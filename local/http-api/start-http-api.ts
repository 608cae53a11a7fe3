// The HTTP API in front of the functions: routes, events in, answers out, as API Gateway does it.
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LocalFunction } from '../aws/lambda/local-function.ts';
import { type LoopbackServer, type Reply, respond, startLoopbackServer } from '../support/loopback-server.ts';
import { readBody } from '../support/read-body.ts';
import { eventOf } from './event.ts';
import { type Pages, pageOf } from './pages.ts';

export interface HttpApiOptions {
  /** 0 for any free one. */
  port: number;
  routes: HttpRoute[];
  /** Pages beside the API, which AWS does not have. */
  pages?: Pages;
}

export interface HttpRoute {
  method: string;
  /** As API Gateway writes it. A path parameter is `{name}`. */
  path: string;
  target: LocalFunction;
}

/** API Gateway's own limit. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const functionAnswer = z.object({
  statusCode: z.number().int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

export const startHttpApi = ({
  port,
  routes,
  pages = new Map(),
}: HttpApiOptions): Promise<LoopbackServer> => {
  const findRoute = matcherOf(routes);
  return startLoopbackServer({
    port,
    handle: async (message, response) =>
      respond(response, await (pageOf(pages, message)?.() ?? answer(findRoute, message))),
  });
};

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** A route, and the parameters that a path gives it. */
type FindRoute = (message: IncomingMessage) => { route: HttpRoute; parameters: Parameters } | undefined;
type Parameters = Record<string, string>;

const matcherOf = (routes: HttpRoute[]): FindRoute => {
  const compiled = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return ({ method, url = '' }) => {
    for (const { route, pattern } of compiled) {
      const found = route.method === method ? pattern.exec(pathOf(url)) : null;
      const parameters = found && decoded(found.groups ?? {});
      if (parameters) {
        return { route, parameters };
      }
    }
    return undefined;
  };
};

/** The names of path parameters become those of groups. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

const answer = async (findRoute: FindRoute, message: IncomingMessage): Promise<Reply> => {
  const found = findRoute(message);
  const { bytes: body } = await readBody(message, MAX_BODY_BYTES);
  if (found === undefined) {
    return gatewayError(404, 'Not Found');
  }
  if (body === undefined) {
    return gatewayError(413, 'Request Entity Too Large');
  }

  const { route, parameters } = found;
  const event = eventOf(message, `${route.method} ${route.path}`, parameters, body);
  const { payload, failed } = await route.target.invoke(JSON.stringify(event));
  const parsed = failed ? undefined : functionAnswer.safeParse(JSON.parse(payload)).data;
  if (parsed === undefined) {
    return gatewayError(500, 'Internal Server Error');
  }
  return {
    status: parsed.statusCode,
    headers: {
      ...textHeaders(parsed.headers),
      ...(parsed.cookies.length > 0 && { 'set-cookie': parsed.cookies }),
    },
    body: parsed.isBase64Encoded ? Buffer.from(parsed.body, 'base64') : parsed.body,
  };
};

const gatewayError = (status: number, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

const textHeaders = (headers: Record<string, string | number | boolean>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Nothing where a value is no valid encoding. */
const decoded = (groups: Parameters): Parameters | undefined => {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
};

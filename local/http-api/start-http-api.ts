// The HTTP API in front of the functions: routes, events in, answers out, as API Gateway does it.
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LocalFunction } from '../aws/lambda/local-function.ts';
import { type LoopbackServer, type Reply, respond, startLoopbackServer } from '../support/loopback-server.ts';
import { readBody } from '../support/read-body.ts';
import { eventOf } from './event.ts';
import type { Pages } from './pages.ts';

export interface HttpApiOptions {
  /** 0 for any free one. */
  port: number;
  functions: Record<(typeof ROUTES)[number]['target'], LocalFunction>;
  /** Pages beside the API, which AWS does not have. */
  pages?: Pages;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

const ROUTES = [
  { method: 'GET', path: '/workspaces/models', target: 'listModels' },
  { method: 'GET', path: '/workspaces/{id}/model', target: 'getModel' },
  { method: 'PUT', path: '/workspaces/{id}/model', target: 'setModel' },
  { method: 'GET', path: '/workspaces/{id}/model/history', target: 'getModelHistory' },
] as const;

const functionAnswer = z.object({
  statusCode: z.number().int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

export const startHttpApi = (options: HttpApiOptions): Promise<LoopbackServer> =>
  startLoopbackServer({
    port: options.port,
    handle: async (message, response) => respond(response, await answer(options, message)),
  });

const answer = async (options: HttpApiOptions, message: IncomingMessage): Promise<Reply> => {
  const [path = '', query = ''] = message.url?.split('?') ?? [];
  const page = message.method === 'GET' ? options.pages?.get(path) : undefined;
  if (page !== undefined) {
    return page(new URLSearchParams(query));
  }
  const found = findRoute(message.method, path);
  const { bytes: body } = await readBody(message, MAX_BODY_BYTES);
  if (found === undefined) {
    return gatewayError(404, 'Not Found');
  }
  if (body === undefined) {
    return gatewayError(413, 'Request Entity Too Large');
  }

  const { route, parameters } = found;
  const event = eventOf(message, `${route.method} ${route.path}`, parameters, body);
  const { payload, failed } = await options.functions[route.target].invoke(JSON.stringify(event));
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

const findRoute = (method: string | undefined, path: string) => {
  for (const route of ROUTES) {
    const parameters = route.method === method ? parametersIn(route.path, path) : undefined;
    if (parameters !== undefined) {
      return { route, parameters };
    }
  }
  return undefined;
};

/** The values of `{names}` in a path, or nothing where it is another path. */
const parametersIn = (template: string, path: string): Record<string, string> | undefined => {
  const pattern = template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const match = new RegExp(`^${pattern}$`).exec(path);
  const values = Object.entries(match?.groups ?? {}).map(([name, value]) => [name, decoded(value)] as const);
  const isReadable = match !== null && values.every(([, value]) => value !== undefined);
  return isReadable ? Object.fromEntries(values.map(([name, value = '']) => [name, value])) : undefined;
};

const gatewayError = (status: number, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

const textHeaders = (headers: Record<string, string | number | boolean>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

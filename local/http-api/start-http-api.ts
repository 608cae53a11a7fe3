// The HTTP API in front of the functions: routes, events in, answers out, as API Gateway does it.
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LocalFunction } from '../aws/lambda/local-function.ts';
import { type LoopbackServer, type Reply, respond, startLoopbackServer } from '../support/loopback-server.ts';
import { readBody } from '../support/read-body.ts';
import { eventOf } from './event.ts';
import type { StaticFiles } from './static-files.ts';

export interface HttpApiOptions {
  /** 0 for any free one. */
  port: number;
  getModel: LocalFunction;
  setModel: LocalFunction;
  /** Pages beside the API, which AWS does not have. */
  pages?: StaticFiles;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const PATH = /^\/workspaces\/([^/]+)\/model$/;
const ROUTE = '/workspaces/{id}/model';

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
  const path = message.url?.split('?')[0] ?? '';
  const page = message.method === 'GET' ? options.pages?.get(path) : undefined;
  if (page !== undefined) {
    return page;
  }
  const id = PATH.exec(path)?.[1];
  const target =
    message.method === 'GET' ? options.getModel : message.method === 'PUT' ? options.setModel : undefined;
  const parameter = id === undefined ? undefined : decoded(id);
  const { bytes: body } = await readBody(message, MAX_BODY_BYTES);
  if (target === undefined || parameter === undefined) {
    return gatewayError(404, 'Not Found');
  }
  if (body === undefined) {
    return gatewayError(413, 'Request Entity Too Large');
  }

  const event = eventOf(message, `${message.method} ${ROUTE}`, { id: parameter }, body);
  const { payload, failed } = await target.invoke(JSON.stringify(event));
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

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

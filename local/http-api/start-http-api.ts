// The HTTP API in front of the functions: routes, events in, answers out, as API Gateway does it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import type { LocalFunction } from '../aws/lambda/local-function.ts';
import { eventOf } from './event.ts';

export interface HttpApi {
  url: string;
  close(): Promise<void>;
}

export interface HttpApiOptions {
  /** 0 for any free one. */
  port: number;
  getModel: LocalFunction;
  setModel: LocalFunction;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
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

export const startHttpApi = async (options: HttpApiOptions): Promise<HttpApi> => {
  const server = createServer(async (message, response) => send(response, await answer(options, message)));
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('A TCP server has no port.');
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const answer = async (options: HttpApiOptions, message: IncomingMessage): Promise<Answer> => {
  const id = PATH.exec(message.url?.split('?')[0] ?? '')?.[1];
  const target =
    message.method === 'GET' ? options.getModel : message.method === 'PUT' ? options.setModel : undefined;
  const parameter = id === undefined ? undefined : decoded(id);
  const body = await readBody(message);
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

const gatewayError = (status: number, message: string): Answer => ({
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

const readBody = async (message: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
};

const send = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

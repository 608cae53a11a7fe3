// The HTTP servers of the stack: on loopback, closed to web pages of other origins, and not ended by any request.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeNow, listen } from './listen.ts';
import { foreignOrigin } from './same-origin.ts';

export interface LoopbackServer {
  url: string;
  close(): Promise<void>;
}

export interface Reply {
  status: number;
  headers?: Record<string, string | string[]>;
  body: string | Buffer;
}

export type Handler = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface LoopbackServerOptions {
  /** 0 for any free port. */
  port: number;
  handle: Handler;
}

// Longer than any SDK keeps an idle connection, so that none is closed just as it is used again.
const KEEP_ALIVE_MS = 120_000;

/** @throws EADDRINUSE where the port is taken */
export const startLoopbackServer = async ({
  port,
  handle,
}: LoopbackServerOptions): Promise<LoopbackServer> => {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    answer(handle, message, response);
  });
  const url = `http://127.0.0.1:${await listen(server, port)}`;
  return { url, close: () => closeNow(server) };
};

export const respond = (response: ServerResponse, { status, headers, body }: Reply): void => {
  // HTTP gives a 204 no body, and so no length of one.
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
};

const answer = async (handle: Handler, message: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const refusal = foreignOrigin(message);
    if (refusal === undefined) {
      await handle(message, response);
    } else {
      respond(response, refused(refusal));
    }
  } catch (error) {
    // A client that went away in the middle of its body waits for no answer. Anything else is a fault of this server.
    if (message.complete) {
      console.error(error);
    }
    response.destroy();
  } finally {
    // The rest of the body is read and dropped: a client that is cut off while it sends sees no answer.
    message.resume();
  }
};

const refused = (message: string): Reply => ({
  status: 403,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

// A server on a TCP port of this machine: where it listens, and its end.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';

/** Listens on loopback only; 0 means any free port. Returns the port. @throws what `portRefusal` knows, and others */
export const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('A TCP server has no port.');
  }
  return address.port;
};

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken',
  EACCES: 'is kept for root',
};

/** Why `listen` failed, where another port mends it. */
export const portRefusal = (error: unknown): { port: number; words: string } | undefined => {
  if (!(error instanceof Error && 'code' in error && 'port' in error && typeof error.port === 'number')) {
    return undefined;
  }
  const words = REFUSALS[`${error.code}`];
  return words === undefined ? undefined : { port: error.port, words };
};

/** Ends a server at once, with the requests that it has at the moment. */
export const closeNow = async (server: HttpServer): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

// Below the ports that Linux and macOS give to whoever asks for any: neither another server's port 0 nor the near end of
// a connection takes one of these between the choice and its use.
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;

/** A port of loopback that nobody listens on at the moment, for a server that has to be told its port. */
export const freePort = async (): Promise<number> => {
  const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
  const probe = createServer();
  try {
    await listen(probe, port);
  } catch (error) {
    if (portRefusal(error) !== undefined) {
      return freePort();
    }
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return port;
};

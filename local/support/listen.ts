// A server on a TCP port of this machine: where it listens, and its end.
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';

/** Listens on loopback only; 0 means any free port. Returns the port. @throws what `listen` fails with, as EADDRINUSE */
export const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('A TCP server has no port.');
  }
  return address.port;
};

/** Ends a server at once, with the requests that it has at the moment. */
export const closeNow = async (server: HttpServer): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

/** A port that nobody listens on at the moment. */
export const freePort = async (): Promise<number> => {
  const probe = createServer();
  const port = await listen(probe, 0);
  probe.close();
  await once(probe, 'close');
  return port;
};

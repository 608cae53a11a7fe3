// The local stack behind TLS 1.3 and a network of a known round trip, in a process of its own. It ends when the process that
// started it does.
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tlsProxySettings } from './messages.ts';

const { targetUrl, key, cert, roundTripsMs } = tlsProxySettings.parse(JSON.parse(process.argv[2] ?? ''));
const target = new URL(targetUrl);

/** The stack serves only whoever names its own address. */
const terminator = createHttpsServer({ key, cert, minVersion: 'TLSv1.3' }, (incoming, response) => {
  const { method, url: path, headers } = incoming;
  const forwarded = request(
    { host: target.hostname, port: target.port, method, path, headers: { ...headers, host: target.host } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  incoming.pipe(forwarded);
});

const portOf = (server: { address: () => unknown }): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
};

const listening = async <S extends Server>(server: S): Promise<S> => {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
};

/** Hands bytes on after some time, in their order. */
const delayed = (from: Socket, to: Socket, delayMs: () => number): void => {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs()));
  from.on('end', () => setTimeout(() => to.end(), delayMs()));
  from.on('error', () => to.destroy());
};

/** All of a round trip on the way back, and once more for TCP's own handshake, which loopback does in no time. */
const network = (roundTripMs: number): Server =>
  createServer({ noDelay: true }, (client) => {
    const server = connect({ host: 'localhost', port: portOf(terminator), noDelay: true });
    const connectedAt = performance.now() + roundTripMs;
    delayed(client, server, () => Math.max(0, connectedAt - performance.now()));
    delayed(server, client, () => roundTripMs);
  });

await listening(terminator);
const networks = await Promise.all(roundTripsMs.map((ms) => listening(network(ms))));
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'proxying', urls: networks.map((server) => `https://localhost:${portOf(server)}`) });

// What a connection that breaks, or goes silent, says of the statement that was sent over it.
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { connect } from '../../../../functions/database/client.ts';
import { failureOf } from '../../../../functions/database/failures.ts';

/** How long an answer may take; nothing here answers. */
const TIMEOUT_MS = 500;
const HEADERS = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n';

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-north-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

/** What a statement fails with that is sent to this server. */
const failureAt = async (server: Server, scheme: 'http' | 'https'): Promise<unknown> => {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket.on('error', () => {}));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', `${scheme}://localhost:${port}`);
  const connection = connect({ clusterArn: 'cluster', secretArn: 'secret', name: 'database' }, TIMEOUT_MS);
  const execute = connection({ dataApiCalls: 0, dataApiErrors: 0 });
  return execute({ sql: 'SELECT 1' }).then(
    () => 'no failure',
    (error: unknown) => error,
  );
};

const answering = (bytes: string) =>
  createServer((socket) => {
    socket.once('data', () => socket.write(bytes));
  });

it.each<[string, string, 'http' | 'https', object]>([
  ['stops after its headers', HEADERS, 'http', { name: 'TimeoutError' }],
  ['stops in its middle', `${HEADERS}{"numberOf`, 'http', { name: 'TimeoutError' }],
  ['does not come', '', 'http', { name: 'TimeoutError' }],
  ['is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'http', { code: expect.stringMatching(/^HPE_/) }],
  ['is no TLS', HEADERS, 'https', { code: expect.stringMatching(/^(EPROTO|ERR_SSL_\w+)$/) }],
])('does not know whether a statement has run whose answer %s', async (_, bytes, scheme, details) => {
  const failure = await failureAt(answering(bytes), scheme);
  expect(failure).toMatchObject(details);
  expect(failureOf(failure)).toBe('unknown');
});

it('knows that a server was sent nothing whose certificate is of nobody', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const failure = await failureAt(createTlsServer({ key, cert }), 'https');
  expect(failure).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(failureOf(failure)).toBe('refused');
});

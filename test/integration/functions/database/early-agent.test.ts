import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { connect } from '../../../../functions/database/client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';

const TARGET = { clusterArn: 'cluster', secretArn: 'secret', name: 'database' };
const certificate = await generate([{ name: 'commonName', value: 'localhost' }]);

let server: Server;
let connections: TLSSocket[];
/** The connection of each request. */
let requests: unknown[];

beforeEach(async () => {
  connections = [];
  requests = [];
  server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    requests.push(request.socket);
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end('{"numberOfRecordsUpdated":1}');
    });
  });
  server.on('secureConnection', (socket) => connections.push(socket));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', `https://localhost:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-north-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificate.cert]);
  onTestFinished(() => setDefaultCACertificates(trusted));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const connected = () => eventually('the connection', () => connections.length).toBe(1);

/** One statement, sent once: nothing below repeats it. */
const send = (connection: ReturnType<typeof connect>) =>
  connection({ dataApiCalls: 0, dataApiErrors: 0 })({ sql: 'SELECT 1' });

describe('a connection opened while a function starts', () => {
  it('carries the first statement, and those after it', async () => {
    const connection = connect(TARGET, 8_000);
    connection.openEarly();
    await connected();
    expect(requests).toEqual([]);
    await send(connection);
    await send(connection);
    expect(requests).toEqual([connections[0], connections[0]]);
    expect(connections).toHaveLength(1);
  });

  it('carries a statement that does not wait for it to stand', async () => {
    const connection = connect(TARGET, 8_000);
    connection.openEarly();
    await send(connection);
    expect(connections).toHaveLength(1);
  });

  it('carries one of two statements at a time', async () => {
    const connection = connect(TARGET, 8_000);
    connection.openEarly();
    await connected();
    await Promise.all([send(connection), send(connection)]);
    expect(new Set(requests)).toEqual(new Set(connections));
    expect(connections).toHaveLength(2);
  });

  it('carries nothing once it is older than a kept connection may be', async () => {
    const connection = connect(TARGET, 8_000);
    connection.openEarly();
    await connected();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 5_001);
    await send(connection);
    expect(connections).toHaveLength(2);
    expect(requests).toEqual([connections[1]]);
  });

  it('is not missed where it fails', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', 'https://localhost:1');
    const connection = connect(TARGET, 8_000);
    connection.openEarly();
    await expect(send(connect(TARGET, 8_000))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(send(connection)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is not missed where it ended while the function was frozen', async () => {
    const directory = makeOwnDirectory();
    onTestFinished(() => removeOwnDirectory(directory));
    const caFile = join(directory, 'ca.pem');
    writeFileSync(caFile, certificate.cert);
    const child = fork(new URL('../../../helpers/early-call.ts', import.meta.url), [directory], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await connected();

    child.send('freeze');
    await eventually('the frozen process', () => existsSync(join(directory, 'frozen'))).toBe(true);
    const [early] = connections;
    early?.destroy();
    await eventually('the end of the connection', () => early?.closed).toBe(true);
    writeFileSync(join(directory, 'thaw'), '');

    const [meter] = await once(child, 'message');
    expect(meter).toEqual({ dataApiCalls: 1, dataApiErrors: 0 });
    expect(requests).toEqual([connections[1]]);
  });
});

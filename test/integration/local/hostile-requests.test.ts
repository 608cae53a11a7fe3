import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let ports: Record<'API' | 'AWS endpoint', number>;

beforeAll(async () => {
  stack = await startTestStack({ migrated: true });
  ports = { API: Number(new URL(stack.api).port), 'AWS endpoint': Number(new URL(stack.aws.url).port) };
});

afterAll(() => stack.close());

const ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const PATHS = { API: `PUT /workspaces/${ID}/model`, 'AWS endpoint': 'POST /Execute' };
const SERVERS = ['API', 'AWS endpoint'] as const;

const open = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  return socket;
};

const head = (server: (typeof SERVERS)[number], ...headers: string[]) =>
  [`${PATHS[server]} HTTP/1.1`, 'Host: {host}', ...headers, '', ''].join('\r\n');

/** Ports are known only while tests run, and their tables are made before. */
const toBytes = (text: string, server: (typeof SERVERS)[number]) =>
  Buffer.from(text.replace('{host}', `127.0.0.1:${ports[server]}`), 'latin1');

/** A process that has ended, or a server that has, answers nothing. */
const expectAlive = async () => {
  const answers = await Promise.all([
    fetch(`${stack.api}/workspaces/${ID}/model`),
    fetch(`${stack.aws.url}/Nothing`, { method: 'POST' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
};

// An uncaught error in this process, where the servers run, would fail the test run as it would end `npm start`.
describe.each(SERVERS)('the %s goes on', (server) => {
  it.each<[string, string]>([
    ['a body that is shorter than its length', `${head(server, 'Content-Length: 100')}{`],
    ['a chunk that is none', `${head(server, 'Transfer-Encoding: chunked')}zz\r\n{\r\n`],
    ['a chunk that is cut', `${head(server, 'Transfer-Encoding: chunked')}ff\r\n{`],
    ['half a head', `${PATHS[server]} HTTP/1.1\r\nHost: 127`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a head without an end', `${PATHS[server]} HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`],
    ['two lengths', `${head(server, 'Content-Length: 1', 'Content-Length: 2')}{}`],
    ['a method that is none', `FOO / HTTP/1.1\r\nHost: {host}\r\n\r\n`],
  ])('after %s, however the client leaves', async (_, bytes) => {
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const socket = await open(ports[server]);
      socket.write(toBytes(bytes, server));
      await new Promise((resolve) => setImmediate(resolve));
      socket[leave]();
      socket.destroy();
    }
    await expectAlive();
  });

  it('after a client that does not wait for its answer', async () => {
    for (let i = 0; i < 20; i += 1) {
      const socket = await open(ports[server]);
      socket.write(toBytes(`${head(server, 'Content-Length: 2')}{}`, server));
      socket.resetAndDestroy();
    }
    await expectAlive();
  });

  it('while a client sends its body slowly', async () => {
    const socket = await open(ports[server]);
    socket.write(toBytes(`${head(server, 'Content-Length: 100')}{`, server));
    await expectAlive();
    socket.destroy();
    await expectAlive();
  });

  it('after a body that is larger than any limit', async () => {
    const { path } = server === 'API' ? { path: `/workspaces/${ID}/model` } : { path: '/Execute' };
    const url = `http://127.0.0.1:${ports[server]}${path}`;
    const response = await fetch(url, {
      method: server === 'API' ? 'PUT' : 'POST',
      body: 'x'.repeat(30 * 1024 * 1024),
    });
    expect(response.status).toBe(413);
    await expectAlive();
  });

  it('after any path and any body', async () => {
    const path = fc.oneof(
      fc.webPath(),
      fc.string({ unit: 'binary-ascii' }).map((text) => `/${encodeURI(text)}`),
      fc
        .constantFrom(
          '__proto__',
          'constructor',
          'toString',
          'hasOwnProperty',
          '%ff',
          '%E0%A4%A',
          'provision!',
        )
        .map((name) => `/2015-03-31/functions/${name}/invocations`),
    );
    await fc.assert(
      fc.asyncProperty(path, fc.oneof(fc.json(), fc.string()), async (where, body) => {
        const response = await fetch(`http://127.0.0.1:${ports[server]}${where}`, { method: 'POST', body });
        const text = await response.text();
        expect(response.status).toBeLessThan(500);
        expect(text).not.toContain(process.cwd());
      }),
      { numRuns: 100 },
    );
    await expectAlive();
  });
});

it('takes a member of the Data API that is null for one that was left out', async () => {
  const body = JSON.stringify({
    ...stack.target,
    schema: null,
    transactionId: null,
    resultSetOptions: { longReturnType: null },
    sql: 'SELECT :a',
    parameters: [{ name: 'a', typeHint: null, value: { isNull: null, arrayValue: null, longValue: 1 } }],
  });
  const response = await fetch(`${stack.aws.url}/Execute`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ records: [[{ longValue: 1 }]] });
});

describe('the Data API goes on', () => {
  it.each<[string, object, number]>([
    ['a lone surrogate for a database', { database: '\udafa' }, 400],
    ['a zero byte in a database', { database: 'a\0b' }, 400],
    ['a zero byte in a statement', { sql: 'SELECT 1\0; SELECT 2' }, 400],
    [
      'a zero byte in a parameter',
      { sql: 'SELECT :a', parameters: [{ name: 'a', value: { stringValue: '\0' } }] },
      400,
    ],
    [
      'a number with a fraction for a long',
      { sql: 'SELECT :a', parameters: [{ name: 'a', value: { longValue: 0.5 } }] },
      400,
    ],
  ])('after %s', async (_, members, status) => {
    const body = JSON.stringify({ ...stack.target, sql: 'SELECT 1', ...members });
    const response = await fetch(`${stack.aws.url}/Execute`, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([status, { message: expect.any(String) }]);
    await expectAlive();
  });
});

import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let servers: Record<'API' | 'AWS endpoint', { url: string; method: string; path: string; body: string }>;

const ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

beforeAll(async () => {
  stack = await startTestStack({ migrated: true });
  const statement = { ...stack.target, sql: "INSERT INTO workspaces (name) VALUES ('of a page')" };
  servers = {
    API: {
      url: stack.api,
      method: 'PUT',
      path: `/workspaces/${ID}/model`,
      body: '{"model":"minimax/MiniMax-M2.7"}',
    },
    'AWS endpoint': {
      url: stack.aws.url,
      method: 'POST',
      path: '/Execute',
      body: JSON.stringify(statement),
    },
  };
});

afterAll(() => stack.close());

beforeEach(async () => {
  await stack.sql('TRUNCATE workspaces CASCADE');
  await stack.sql("INSERT INTO workspaces (id, name) VALUES ($1, 'demo')", [ID]);
});

/** Sends what would change something, with these headers; `fetch` may not set `Host`. */
const sendWith = (server: keyof typeof servers, headers: Record<string, string>) => {
  const { url, method, path, body } = servers[server];
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const sent = request(`${url}${path}`, { method, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode, text }));
  });
  sent.on('error', reject).end(body);
  return promise;
};

const countChanges = async (): Promise<number> => {
  const [row] = await stack.sql<{ changes: number }>(
    "SELECT (SELECT count(*) FROM workspaces WHERE name <> 'demo')::int + (SELECT count(*) FROM workspace_secrets)::int AS changes",
  );
  return row?.changes ?? 0;
};

const host = (server: keyof typeof servers) => new URL(servers[server].url).host;
const port = (server: keyof typeof servers) => new URL(servers[server].url).port;

// As these browsers send them to a loopback address from a page elsewhere.
const FOREIGN: [string, Record<string, string>][] = [
  [
    'a no-cors fetch of Chromium',
    {
      origin: 'https://attacker.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'empty',
      'content-type': 'text/plain;charset=UTF-8',
    },
  ],
  [
    'a fetch of Chromium from another port of this machine',
    { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
  ],
  [
    'a form of Firefox',
    {
      origin: 'https://attacker.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      'content-type': 'application/x-www-form-urlencoded',
    },
  ],
  [
    'an image of Chromium',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ],
  ['a fetch of a Safari without Sec-Fetch headers', { origin: 'https://attacker.example' }],
  ['a page from a file or in a sandbox', { origin: 'null' }],
  ['a page on this machine by another scheme', { origin: 'https://127.0.0.1' }],
];

describe.each(['API', 'AWS endpoint'] as const)('the %s', (server) => {
  it.each(FOREIGN)('refuses %s with 403 and a sentence, and does nothing', async (_, headers) => {
    const { status, text } = await sendWith(server, headers);
    expect([status, JSON.parse(text)]).toEqual([
      403,
      { message: expect.stringMatching(/^The request comes from a web page of .*\.$/) },
    ]);
    expect(await countChanges()).toBe(0);
  });

  it.each(['attacker.example', '127.0.0.1.attacker.example', '0.0.0.0', '[::]', '192.168.0.1', 'localhost.'])(
    'refuses the host %s with its own port, as after DNS rebinding',
    async (name) => {
      const { status, text } = await sendWith(server, { host: `${name}:${port(server)}` });
      expect([status, text]).toEqual([403, expect.stringContaining('The Host header is')]);
      expect(await countChanges()).toBe(0);
    },
  );

  it('refuses loopback with another port, or none', async () => {
    for (const name of ['127.0.0.1:1', '127.0.0.1', 'localhost']) {
      expect((await sendWith(server, { host: name })).status).toBe(403);
    }
    expect(await countChanges()).toBe(0);
  });

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('serves programs at %s', async (name) => {
    expect((await sendWith(server, { host: `${name}:${port(server)}` })).status).toBe(200);
    expect(await countChanges()).toBe(1);
  });

  it('serves a page of its own, and what a person types into the address bar', async () => {
    const own = {
      origin: `http://${host(server)}`,
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'cors',
    };
    expect((await sendWith(server, own)).status).toBe(200);
    expect((await sendWith(server, { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })).status).toBe(
      200,
    );
  });

  it('answers a preflight with 403 and no header that would allow anything', async () => {
    const response = await fetch(`${servers[server].url}${servers[server].path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://attacker.example', 'access-control-request-method': 'PUT' },
    });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '../../../functions/contract.ts';
import type { Invocation } from '../../../local/aws/lambda/local-function.ts';
import { startHttpApi } from '../../../local/http-api/start-http-api.ts';
import type { LoopbackServer } from '../../../local/support/loopback-server.ts';

let api: LoopbackServer;
let event: Record<string, unknown>;
let reply: Omit<Invocation, 'log'>;

const target = {
  invoke: async (payload: string) => {
    event = JSON.parse(payload);
    return { ...reply, log: '' };
  },
};

beforeEach(async () => {
  reply = { payload: JSON.stringify({ statusCode: 200, body: '{}' }), failed: false };
  api = await startHttpApi({ port: 0, routes: routes().map((route) => ({ ...route, target })) });
});

afterEach(() => api.close());

const put = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/workspaces/w/model`, { method: 'PUT', body, headers });

describe('the event', () => {
  it('hands the function an event of payload format 2.0', async () => {
    await fetch(`${api.url}/workspaces/a%20b/model?x=1&y=2&x=3`, {
      headers: { 'X-Custom': 'Yes', cookie: 'a=1; b=2' },
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /workspaces/{id}/model',
      rawPath: '/workspaces/a%20b/model',
      rawQueryString: 'x=1&y=2&x=3',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-custom': 'Yes' },
      queryStringParameters: { x: '1,3', y: '2' },
      pathParameters: { id: 'a b' },
      requestContext: { http: { method: 'GET', protocol: 'HTTP/1.1' }, stage: '$default' },
      isBase64Encoded: false,
    });
    expect(event).not.toHaveProperty('body');
    expect(event).toMatchObject({
      requestContext: { time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/) },
    });
  });

  it.each(['application/json', 'text/plain; charset=utf-8', 'application/problem+json'])(
    'hands over a body of %s as text',
    async (type) => {
      await put('{"model":"é"}', { 'content-type': type });
      expect(event).toMatchObject({ body: '{"model":"é"}', isBase64Encoded: false });
    },
  );

  it.each(['application/octet-stream', 'application/x-www-form-urlencoded', 'application/jsonlines'])(
    'hands over a body of %s in base64',
    async (type) => {
      await put(Uint8Array.of(0, 255), { 'content-type': type });
      expect(event).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
    },
  );

  it('hands over a body without a content type in base64', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(
      `PUT /workspaces/w/model HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    socket.resume();
    await once(socket, 'close');
    expect(event).toMatchObject({ body: 'e30=', isBase64Encoded: true });
  });
});

describe('the answer', () => {
  it('answers what the function says', async () => {
    const headers = { 'content-type': 'text/plain', 'retry-after': 2 };
    reply.payload = JSON.stringify({
      statusCode: 503,
      headers,
      body: 'bm8=',
      isBase64Encoded: true,
      cookies: ['a=1'],
    });
    const response = await put('{}');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '2',
      'no',
    ]);
    expect(response.headers.getSetCookie()).toEqual(['a=1']);
  });

  it.each([
    ['fails', { payload: '{"errorType":"Error"}', failed: true }],
    ['answers in another form', { payload: '{"status":200}', failed: false }],
  ])('answers 500 when the function %s', async (_, failure) => {
    reply = failure;
    const response = await put('{}');
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it.each([
    ['GET', '/'],
    ['DELETE', '/workspaces/w/model'],
    ['GET', '/workspaces/w/model/'],
    ['GET', '/workspaces//model'],
    ['GET', '/workspaces/a/b/model'],
  ])('answers 404 for %s %s', async (method, path) => {
    const response = await fetch(`${api.url}${path}`, { method });
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('answers 413 for a body of more than 10 MB', async () => {
    const response = await put('x'.repeat(10 * 1024 * 1024 + 1));
    expect([response.status, await response.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
  });
});

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataApiOf, expectCallRefused } from '../../helpers/data-api.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let api: ReturnType<typeof dataApiOf>;

beforeAll(async () => {
  stack = await startTestStack();
  const rdsData = new RDSDataClient({ ...stack.clientConfig, maxAttempts: 1 });
  api = dataApiOf({ ...stack, rdsData });
});

afterAll(() => stack.close());

beforeEach(async () => {
  stack.aws.onCall = undefined;
  await stack.sql('TRUNCATE workspaces CASCADE');
});

const INSERT = "INSERT INTO workspaces (name) VALUES ('a')";
const post = ({
  path = '/Execute',
  headers = {},
  body = { ...stack.target, sql: INSERT },
  signal = null,
}: {
  path?: string;
  headers?: Record<string, string>;
  body?: object;
  signal?: AbortSignal | null;
}) => fetch(`${stack.aws.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
const call = async (request = {}) => {
  const response = await post(request);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
};
const rows = async () => (await stack.sql('SELECT 1 FROM workspaces')).length;

it('loses the response of a call that has happened', async () => {
  stack.aws.onCall = () => ({ kind: 'lost-response' });
  await expect(api.execute(INSERT)).rejects.toThrow();
  expect(await rows()).toBe(1);
  expect(stack.aws.calls.at(-1)).toMatchObject({
    operation: 'ExecuteStatement',
    sql: INSERT,
    outcome: 'lost-response',
  });
});

it('drops a request before it happens', async () => {
  stack.aws.onCall = () => ({ kind: 'dropped-request' });
  await expect(api.execute(INSERT)).rejects.toThrow();
  expect(await rows()).toBe(0);
  expect(stack.aws.calls.at(-1)?.outcome).toBe('dropped-request');
});

it('answers with an error of one’s choice, for the call of one’s choice', async () => {
  const first = stack.aws.calls.length;
  const fault = {
    kind: 'error',
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    status: 400,
  } as const;
  stack.aws.onCall = ({ index }) => (index === first + 1 ? fault : undefined);
  await api.execute(INSERT);
  await expectCallRefused(api.execute(INSERT), 'ThrottlingException', 'Rate exceeded');
  await api.execute(INSERT);
  expect(await rows()).toBe(2);
  expect(stack.aws.calls.slice(first).map(({ outcome }) => outcome)).toEqual([
    'ok',
    'ThrottlingException',
    'ok',
  ]);
});

it('holds a call before it happens, or its answer afterwards', async () => {
  stack.aws.onCall = () => ({ kind: 'delay', ms: 20 });
  await api.execute(INSERT);
  expect(await rows()).toBe(1);

  stack.aws.onCall = () => ({ kind: 'delay', ms: 60_000, after: true });
  api.execute(INSERT).catch(() => {});
  await expect.poll(rows, { timeout: 10_000 }).toBe(2);
  expect(stack.aws.calls.at(-1)?.outcome).toBe('pending');
});

it('holds a call until something else has happened', async () => {
  let before = Number.NaN;
  stack.aws.onCall = () => ({
    kind: 'held',
    until: rows().then((count) => {
      before = count;
    }),
  });
  await api.execute(INSERT);
  expect(before).toBe(0);
  expect(await rows()).toBe(1);
});

it('carries several faults out in their order', async () => {
  stack.aws.onCall = () => [
    { kind: 'delay', ms: 20 },
    { kind: 'answer', status: 504, body: '<html>', contentType: 'text/html' },
  ];
  expect(await call()).toEqual({ status: 504, type: 'text/html', text: '<html>' });
  expect(await rows()).toBe(0);
});

describe.each<[string, () => { path?: string; headers?: Record<string, string>; body?: object }]>([
  ['the Data API', () => ({})],
  [
    'Secrets Manager',
    () => ({
      path: '/',
      headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
      body: { SecretId: stack.databaseSecretArn },
    }),
  ],
])('a fault of %s', (_, request) => {
  it.each([
    ['a page of HTML', { status: 502, body: '<html>Bad Gateway</html>', contentType: 'text/html' }],
    ['a status without a body', { status: 503 }],
    ['JSON of another form', { status: 200, body: '[]' }],
  ])('answers %s instead of the call', async (__, answer) => {
    stack.aws.onCall = () => ({ kind: 'answer', ...answer });
    const standard = { body: '', contentType: 'application/json' };
    const { status, body: text, contentType: type } = { ...standard, ...answer };
    expect(await call(request())).toEqual({ status, type, text });
    expect(await rows()).toBe(0);
    expect(stack.aws.calls.at(-1)?.outcome).toBe('answer');
  });

  it('breaks off in the middle of an answer', async () => {
    stack.aws.onCall = () => ({ kind: 'truncated-answer', bytes: 5 });
    const response = await post(request());
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('sends the headers of an answer, and nothing more while other calls are answered', async () => {
    stack.aws.onCall = () => ({ kind: 'stalled-answer' });
    const client = new AbortController();
    const response = await post({ ...request(), signal: client.signal });
    expect(response.status).toBe(200);
    expect(stack.aws.calls.at(-1)?.outcome).toBe('stalled-answer');
    const rest = response.text();
    stack.aws.onCall = undefined;
    await call();
    client.abort();
    await expect(rest).rejects.toThrow('aborted');
  });

  it.each(['lost-response', 'dropped-request'] as const)('resets the connection for a %s', async (kind) => {
    stack.aws.onCall = () => ({ kind, reset: true });
    const { path = '/Execute', headers = {}, body = { ...stack.target, sql: INSERT } } = request();
    const sent = httpRequest(`${stack.aws.url}${path}`, { method: 'POST', headers });
    sent.end(JSON.stringify(body));
    const [error] = await once(sent, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
    expect(stack.aws.calls.at(-1)?.outcome).toBe(kind);
  });
});

it('lets a call happen whose answer is then replaced', async () => {
  stack.aws.onCall = () => ({ kind: 'answer', status: 502, after: true });
  expect(await call()).toMatchObject({ status: 502 });
  expect(await rows()).toBe(1);
});

it('notes statement, transaction and outcome of every call', async () => {
  const first = stack.aws.calls.length;
  const transactionId = await api.begin();
  await api.execute('SELECT 1', { transactionId });
  await api.execute('SELECT nonsense', { transactionId }).catch(() => {});
  await api.rollback(transactionId);
  expect(stack.aws.calls.slice(first)).toMatchObject([
    { service: 'rds-data', operation: 'BeginTransaction', outcome: 'ok' },
    { operation: 'ExecuteStatement', sql: 'SELECT 1', transactionId, outcome: 'ok' },
    {
      operation: 'ExecuteStatement',
      sql: 'SELECT nonsense',
      transactionId,
      outcome: 'DatabaseErrorException',
    },
    { operation: 'RollbackTransaction', transactionId, outcome: 'ok' },
  ]);
});

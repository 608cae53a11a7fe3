import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { dataApiOf, expectRefused } from '../../helpers/data-api.ts';
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
  stack.endpoint.onCall = undefined;
  await stack.sql('TRUNCATE workspaces CASCADE');
});

const INSERT = "INSERT INTO workspaces (name) VALUES ('a')";
const rows = async () => (await stack.sql('SELECT 1 FROM workspaces')).length;

it('loses the response of a call that has happened', async () => {
  stack.endpoint.onCall = () => ({ kind: 'lost-response' });
  await expect(api.execute(INSERT)).rejects.toThrow();
  expect(await rows()).toBe(1);
  expect(stack.endpoint.calls.at(-1)).toMatchObject({
    operation: 'ExecuteStatement',
    sql: INSERT,
    outcome: 'lost-response',
  });
});

it('drops a request before it happens', async () => {
  stack.endpoint.onCall = () => ({ kind: 'dropped-request' });
  await expect(api.execute(INSERT)).rejects.toThrow();
  expect(await rows()).toBe(0);
  expect(stack.endpoint.calls.at(-1)?.outcome).toBe('dropped-request');
});

it('answers with an error of one’s choice, for the call of one’s choice', async () => {
  const first = stack.endpoint.calls.length;
  const fault = {
    kind: 'error',
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    status: 400,
  } as const;
  stack.endpoint.onCall = ({ index }) => (index === first + 1 ? fault : undefined);
  await api.execute(INSERT);
  await expectRefused(api.execute(INSERT), 'ThrottlingException', 'Rate exceeded');
  await api.execute(INSERT);
  expect(await rows()).toBe(2);
  expect(stack.endpoint.calls.slice(first).map(({ outcome }) => outcome)).toEqual([
    'ok',
    'ThrottlingException',
    'ok',
  ]);
});

it('delays a call', async () => {
  let asked = 0;
  stack.endpoint.onCall = () => {
    asked += 1;
    return { kind: 'delay', ms: 20 };
  };
  await api.execute(INSERT);
  expect([asked, await rows()]).toEqual([1, 1]);
});

it('notes statement, transaction and outcome of every call', async () => {
  const first = stack.endpoint.calls.length;
  const transactionId = await api.begin();
  await api.execute('SELECT 1', { transactionId });
  await api.execute('SELECT nonsense', { transactionId }).catch(() => {});
  await api.rollback(transactionId);
  expect(stack.endpoint.calls.slice(first)).toMatchObject([
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

// The line of each invocation, as it leaves the process.
import { once } from 'node:events';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { variableNames } from '../../../../functions/contract.ts';
import {
  DatabaseRefusedError,
  DatabaseUnavailableError,
  WorkspaceNotFoundError,
} from '../../../../functions/database/errors.ts';
import { directFunction } from '../../../../functions/invocation/direct.ts';
import { httpFunction } from '../../../../functions/invocation/http.ts';
import { observed } from '../../../../functions/invocation/observed.ts';
import { httpEvent } from '../../../helpers/http-event.ts';

const Line = z.looseObject({ ColdStart: z.number(), Duration: z.number(), outcome: z.string() });

let written: string[];

beforeEach(() => {
  vi.stubEnv(variableNames.telemetry.metricsNamespace, 'some-stack');
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const context: Context = {
  awsRequestId: 'request',
  functionName: 'some',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn',
  memoryLimitInMB: '128',
  logGroupName: 'group',
  logStreamName: 'stream',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 30_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

const invocation = { startedAt: 0, invokedAt: 0, dataApiCalls: 0, dataApiErrors: 0 };

it('counts the first invocation of an environment alone as a cold start', async () => {
  const handler = observed(
    'get-model',
    () => {},
    async () => 'done',
  );
  for (let count = 0; count < 3; count += 1) {
    await handler({}, { ...context, invocation });
  }
  expect(written.map((text) => Line.parse(JSON.parse(text)).ColdStart)).toEqual([1, 0, 0]);
});

it('gives its metrics the time at which the invocation began, as Lambda gives its own', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000 });
  const handler = observed(
    'get-model',
    () => {},
    async () => {
      vi.setSystemTime(2_000);
    },
  );
  await handler({}, { ...context, invocation });
  vi.useRealTimers();
  expect(written.map((text) => JSON.parse(text))).toMatchObject([{ _aws: { Timestamp: 1_000 } }]);
});

it('writes the line to stdout itself, because Lambda puts words before what console.log prints', async () => {
  const logged = vi.spyOn(console, 'log');
  const handler = observed(
    'get-model',
    () => {},
    async () => 'done',
  );
  await handler({}, { ...context, invocation });
  expect(written).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  expect(logged).not.toHaveBeenCalled();
});

const lines = () => written.map((text): unknown => JSON.parse(text));

it('tells of a good invocation what it was for, what it took and under which trace', async () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-abc;Parent=def;Sampled=1');
  const handler = observed(
    'get-model',
    () => {},
    async (_, own) => {
      own.invocation.workspaceId = 'workspace';
      own.invocation.dataApiCalls = 2;
      own.invocation.dataApiErrors = 1;
      own.invocation.details = { more: 'to tell' };
    },
  );
  await handler({}, { ...context, invocation });
  expect(lines()).toEqual([
    expect.objectContaining({
      level: 'INFO',
      message: 'get-model ok',
      timestamp: expect.stringMatching(/^\d{4}-.+Z$/),
      outcome: 'ok',
      code: 'OK',
      workspace_id: 'workspace',
      data_api_calls: 2,
      request_id: 'request',
      xray_trace_id: '1-abc',
      more: 'to tell',
      DataApiCalls: 2,
      DataApiErrors: 1,
      Refused: 0,
      Failed: 0,
    }),
  ]);
  expect(lines()[0]).not.toHaveProperty('error');
});

it('times an invocation by the monotonic clock, to the microsecond in the line', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
  const handler = observed(
    'get-model',
    () => {},
    async () => {
      now.mockReturnValue(1_012.3456);
    },
  );
  await handler({}, { ...context, invocation });
  expect(lines()).toMatchObject([{ duration_ms: 12.346, DataApiCalls: 0, DataApiErrors: 0 }]);
  expect(Line.parse(lines()[0]).Duration).toBeCloseTo(12.3456, 6);
  expect(lines()[0]).not.toHaveProperty('xray_trace_id');
});

it('tells the SQLSTATE of a statement that failed, and none where there is none', async () => {
  const failure = Object.assign(new Error('ERROR: a secret; SQLState: 42501'), {
    name: 'DatabaseErrorException',
  });
  for (const cause of [failure, new Error('a secret')]) {
    const handler = httpFunction('get-model', () => {
      throw new DatabaseRefusedError('It refuses.', { cause });
    });
    await handler(httpEvent({}), { ...context, invocation });
  }
  expect(lines()).toMatchObject([
    { error: { sqlState: '42501', cause: { name: 'DatabaseErrorException', sqlState: '42501' } } },
    { error: { name: 'DatabaseRefusedError' } },
  ]);
  expect(written[1]).not.toContain('sqlState');
  expect(written.join('')).not.toContain('a secret');
});

it('counts a refusal without describing it, and answers it with its status', async () => {
  const handler = httpFunction('get-model', () => {
    throw new WorkspaceNotFoundError('There is no such workspace.');
  });
  expect(await handler(httpEvent({}), { ...context, invocation })).toMatchObject({ statusCode: 404 });
  expect(lines()).toEqual([
    expect.objectContaining({
      level: 'INFO',
      message: 'get-model refused',
      outcome: 'refused',
      code: 'WORKSPACE_NOT_FOUND',
      Refused: 1,
      Failed: 0,
    }),
  ]);
  expect(lines()[0]).not.toHaveProperty('error');
});

it('describes a failure by names, SQLSTATE and frames, with no message but its own', async () => {
  const root = Object.assign(new TypeError('a secret'), {
    stack: 'TypeError: a secret\n    at one\nrow\n    at two',
  });
  const handler = httpFunction('get-model', () => {
    throw new DatabaseUnavailableError('Try again.', { cause: new Error('a secret', { cause: root }) });
  });
  await handler(httpEvent({}), { ...context, invocation });
  expect(lines()).toEqual([
    expect.objectContaining({
      level: 'ERROR',
      outcome: 'failed',
      code: 'DATABASE_UNAVAILABLE',
      Failed: 1,
      Refused: 0,
      error: {
        name: 'DatabaseUnavailableError',
        message: 'Try again.',
        cause: {
          name: 'Error',
          stack: expect.stringMatching(/^ {4}at .+/),
          cause: { name: 'TypeError', stack: '    at one\n    at two' },
        },
      },
    }),
  ]);
  expect(written.join('')).not.toContain('a secret');
});

it('describes at most eight frames, and what was thrown without being an error by its type alone', async () => {
  const deep = Object.assign(new Error('deep'), { stack: Array(20).fill('    at frame').join('\n') });
  for (const thrown of [deep, 'a secret']) {
    const handler = directFunction('provision', () => Promise.reject(thrown));
    await expect(handler({}, { ...context, invocation })).rejects.toMatchObject({ name: 'InternalError' });
  }
  expect(lines()).toMatchObject([
    { code: 'INTERNAL_ERROR', error: { name: 'Error', stack: Array(8).fill('    at frame').join('\n') } },
    { code: 'INTERNAL_ERROR', error: { name: expect.any(String) } },
  ]);
  expect(written.join('')).not.toContain('a secret');
});

it('shows a direct caller name and message of an error of this service, and nothing of any other', async () => {
  const shownOf = async (thrown: Error): Promise<unknown> => {
    const handler = directFunction('provision', () => Promise.reject(thrown));
    return handler({}, { ...context, invocation }).catch((error: unknown) => error);
  };
  const own = await shownOf(
    new WorkspaceNotFoundError('There is no such workspace.', { cause: new Error('a secret') }),
  );
  expect(own).toMatchObject({ name: 'WorkspaceNotFoundError', message: 'There is no such workspace.' });
  expect(own).not.toHaveProperty('cause');
  expect(own).not.toHaveProperty('code');
  expect(await shownOf(new TypeError('a secret'))).toMatchObject({
    name: 'InternalError',
    message: 'An unexpected error occurred. The log of this function names it under this request.',
  });
});

it('answers 503 half a second before the time of the function ends', async () => {
  const handler = httpFunction('get-model', async (_, own) => {
    await once(own.invocation.signal ?? new EventTarget(), 'abort');
    throw new Error('The call was given up.');
  });
  const getRemainingTimeInMillis = () => 600;
  const answered = await handler(httpEvent({}), { ...context, getRemainingTimeInMillis, invocation });
  expect(answered).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
  expect(lines()).toMatchObject([
    {
      error: {
        message: 'The database did not answer in the time of the function. Try again in a few seconds.',
      },
    },
  ]);
});

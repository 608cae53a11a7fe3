// The line of each invocation, as it leaves the process.
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { variableNames } from '../../../../functions/contract.ts';
import { observed } from '../../../../functions/invocation/observed.ts';

const Line = z.looseObject({ ColdStart: z.number(), outcome: z.string() });

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

it('counts the first invocation of an environment alone as a cold start', async () => {
  const handler = observed(
    'get-model',
    () => {},
    async () => 'done',
  );
  for (let invocation = 0; invocation < 3; invocation += 1) {
    await handler({}, { ...context, invocation: { startedAt: 0, dataApiCalls: 0, dataApiErrors: 0 } });
  }
  expect(written.map((text) => Line.parse(JSON.parse(text)).ColdStart)).toEqual([1, 0, 0]);
});

it('writes the line to stdout itself, because Lambda puts words before what console.log prints', async () => {
  const logged = vi.spyOn(console, 'log');
  const handler = observed(
    'get-model',
    () => {},
    async () => 'done',
  );
  await handler({}, { ...context, invocation: { startedAt: 0, dataApiCalls: 0, dataApiErrors: 0 } });
  expect(written).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
  expect(logged).not.toHaveBeenCalled();
});

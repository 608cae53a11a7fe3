// An entry point in the test's own process, in the environment that the local stack gives its functions.
import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import * as z from 'zod';
import { handlerOf } from '../../local/functions/runtime.mjs';
import type { TestStack } from './local-stack.ts';

const Answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

export interface HandlerAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** @param name of a file in functions/ */
export const loadHandler = async (stack: TestStack, name: string) => {
  for (const [variable, value] of Object.entries(stack.variablesOf('get-model'))) {
    vi.stubEnv(variable, value);
  }
  const handler = handlerOf(await import(`../../functions/${name}.ts`));
  return async (event: object, timeLeftMs = 30_000): Promise<HandlerAnswer> => {
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => timeLeftMs };
    const { statusCode, headers, body } = Answer.parse(await withoutLog(() => handler(event, context)));
    return { status: statusCode, headers, body: JSON.parse(body) };
  };
};

/** The log line goes to stdout by itself, past what the test runner keeps back. */
const withoutLog = async <Result>(run: () => Promise<Result>): Promise<Result> => {
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    return await run();
  } finally {
    stdout.mockRestore();
  }
};

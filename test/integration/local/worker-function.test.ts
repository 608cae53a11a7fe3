import { afterEach, describe, expect, it } from 'vitest';
import { WorkerFunction, type WorkerFunctionOptions } from '../../../local/functions/worker-function.ts';

let made: WorkerFunction[] = [];

afterEach(async () => {
  await Promise.all(made.map((worker) => worker.kill()));
  made = [];
});

/** A function whose handler runs these statements. */
const functionOf = (statements: string, options: Partial<WorkerFunctionOptions> = {}): WorkerFunction => {
  const worker = new WorkerFunction({
    handlerUrl: `data:text/javascript,${encodeURIComponent(`let running = 0; const arrived = []; export const handler = async (event, context) => { ${statements} }`)}`,
    functionName: 'made-up',
    functionArn: 'arn:made-up',
    memoryMb: 128,
    environment: { AWS_REGION: 'eu-north-1' },
    timeoutMs: 30_000,
    onLog: () => {},
    ...options,
  });
  made.push(worker);
  return worker;
};

describe('a function', () => {
  it('stops a function when its time is up', async () => {
    const slow = functionOf('await new Promise(() => setTimeout(() => {}, 60_000));', { timeoutMs: 200 });
    const { failed, payload } = await slow.invoke('{}');
    expect(failed).toBe(true);
    expect(JSON.parse(payload)).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('timed out after 0.20 seconds'),
    });
  });

  it('gives a function Lambda’s environment and context, and nothing of its host’s', async () => {
    const told = functionOf(
      'return { variables: process.env, ...context, left: context.getRemainingTimeInMillis() };',
    );
    const { payload } = await told.invoke('{}');
    expect(JSON.parse(payload)).toEqual({
      variables: { AWS_REGION: 'eu-north-1' },
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'made-up',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:made-up',
      memoryLimitInMB: '128',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupName: '/aws/lambda/made-up',
      logStreamName: expect.any(String),
      left: expect.any(Number),
    });
  });

  it('fails an invocation whose answer is larger than Lambda hands over', async () => {
    const largest = 6_291_556;
    const talkative = functionOf('return "x".repeat(event.length);');
    const answerOf = (bytes: number) => talkative.invoke(JSON.stringify({ length: bytes - '""'.length }));
    expect(await answerOf(largest)).toMatchObject({ failed: false });
    const { failed, payload } = await answerOf(largest + 1);
    expect(failed).toBe(true);
    expect(JSON.parse(payload)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  it('fails each invocation of a function that cannot be loaded, and of one that exits', async () => {
    const broken = functionOf('', { handlerUrl: 'data:text/javascript,export const other = 1' });
    expect(await broken.invoke('{}')).toMatchObject({ failed: true });
    const leaving = functionOf('process.exit(3);');
    for (const _ of [1, 2]) {
      expect(await leaving.invoke('{}')).toMatchObject({
        failed: true,
        payload: expect.stringContaining('Runtime exited with error: exit status 3'),
      });
    }
  });
});

describe('a function with more invocations than it takes at once', () => {
  it('runs all of 1,500, the first first, and never more than 40 at a time', async () => {
    const counting = functionOf(`
      running += 1;
      const most = running;
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      arrived.push(event);
      return { most, position: arrived.length - 1 };`);
    const answers = await Promise.all(
      Array.from({ length: 1_500 }, (_, index) => counting.invoke(JSON.stringify(index))),
    );
    expect(answers.filter(({ failed }) => failed)).toEqual([]);
    const results: { most: number; position: number }[] = answers.map(({ payload }) => JSON.parse(payload));
    expect(Math.max(...results.map(({ most }) => most))).toBe(40);
    // Those that run together may pass each other; nobody is passed by one who came long after.
    expect(Math.max(...results.map(({ position }, index) => Math.abs(position - index)))).toBeLessThan(80);
  });

  it('gives an invocation its whole time from when it runs, not from when it came', async () => {
    const slow = functionOf(
      'await new Promise((resolve) => setTimeout(resolve, 100)); return context.getRemainingTimeInMillis();',
      { timeoutMs: 2_000 },
    );
    await slow.invoke('{}');
    // One after the other they take twice the time that each has.
    const answers = await Promise.all(Array.from({ length: 40 * 40 }, () => slow.invoke('{}')));
    expect(answers.filter(({ failed }) => failed)).toEqual([]);
  });

  it('fails those that wait, too, when it is killed', async () => {
    const hanging = functionOf('await new Promise((resolve) => setTimeout(resolve, 60_000));');
    const answers = Array.from({ length: 60 }, () => hanging.invoke('{}'));
    await hanging.kill();
    for (const { failed, payload } of await Promise.all(answers)) {
      expect([failed, payload]).toEqual([true, expect.stringContaining('Runtime.ExitError')]);
    }
  });
});

describe('a function that is late', () => {
  it('fails its own invocation only, and leaves its worker to the others until they are done', async () => {
    let log = '';
    const late = functionOf(
      `setTimeout(() => console.log('half over ' + event.name), context.getRemainingTimeInMillis() / 2);
      await new Promise((resolve) => setTimeout(resolve, event.ms));
      return event.name;`,
      {
        timeoutMs: 4_000,
        onLog: (text) => {
          log += text;
        },
      },
    );
    const first = late.invoke(JSON.stringify({ name: 'late', ms: 60_000 }));
    await expect.poll(() => log, { timeout: 10_000 }).toContain('half over late');
    const second = late.invoke(JSON.stringify({ name: 'in time', ms: 2_500 }));

    const { failed, payload } = await first;
    expect([failed, JSON.parse(payload)]).toEqual([
      true,
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('timed out after 4.00 seconds'),
      },
    ]);
    const third = late.invoke(JSON.stringify({ name: 'afterwards', ms: 0 }));
    expect(await second).toMatchObject({ failed: false, payload: '"in time"' });
    expect(await third).toMatchObject({ failed: false, payload: '"afterwards"' });
  });
});

describe('a function that throws outside its promise', () => {
  it('fails, and runs again the next time', async () => {
    const throwing = functionOf(
      "if (event.bad) { setTimeout(() => { throw new Error('nobody catches this'); }); await new Promise((resolve) => setTimeout(resolve, 60_000)); } return 'fine';",
    );
    expect(await throwing.invoke('{"bad":true}')).toMatchObject({
      failed: true,
      payload: expect.stringContaining('Runtime.ExitError'),
      log: expect.stringContaining('nobody catches this'),
    });
    expect(await throwing.invoke('{}')).toMatchObject({ failed: false, payload: '"fine"' });
  });
});

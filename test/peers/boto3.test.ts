// boto3 over the endpoint that the local stack has. Its cases are Python's, in boto3_cases.py.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startTestStack } from '../helpers/local-stack.ts';
import { pythonProgram, run, withStack } from './programs.ts';

it('boto3 does all that its cases ask of it', async ({ task }) => {
  const python = pythonProgram('python');
  const stack = await startTestStack({ tables: false, statementTimeoutMs: 3_000 });
  onTestFinished(() => stack.close());
  const cases = join(import.meta.dirname, 'boto3_cases.py');
  const { stderr } = await run(python, [cases], { env: withStack(stack) });
  console.log(stderr);
  task.meta.cases = Number(/^Ran (\d+) tests/m.exec(stderr)?.[1]);
  expect(task.meta.cases).toBeGreaterThan(0);
});

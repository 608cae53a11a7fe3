// AWS's SDK for Go over the endpoint that the local stack has, where Go is installed. Its cases are Go's, in go/.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startTestStack } from '../helpers/local-stack.ts';
import { hasGo, run, withStack } from './programs.ts';

it("AWS's SDK for Go does all that its cases ask of it", async ({ skip, task }) => {
  skip(!hasGo(), 'Go is not installed');
  const stack = await startTestStack({ tables: false, statementTimeoutMs: 3_000 });
  onTestFinished(() => stack.close());
  const { stdout } = await run('go', ['test', '-count=1', '-v', './...'], {
    cwd: join(import.meta.dirname, 'go'),
    // The versions are pinned, so Go fetches no other version of itself; and it needs no compiler of C.
    env: { ...withStack(stack), GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' },
  });
  console.log(stdout);
  task.meta.cases = stdout.match(/^--- PASS/gm)?.length ?? 0;
  expect(task.meta.cases).toBeGreaterThan(0);
});

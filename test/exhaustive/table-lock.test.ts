// Somebody who keeps the whole table locked: two minutes of short tries, then an error that says whom to look for.
import { expect, it, onTestFinished } from 'vitest';
import { up } from '../helpers/engine.ts';
import { countKeys, loadFleet } from '../helpers/fleet-states.ts';
import { startTestStack } from '../helpers/local-stack.ts';

it('ends in a clear error and renames nothing where somebody keeps an ACCESS EXCLUSIVE lock', async () => {
  const stack = await startTestStack();
  await loadFleet(stack, 100);
  onTestFinished(() => stack.close());

  await stack.inTransaction('LOCK TABLE workspace_secrets IN ACCESS EXCLUSIVE MODE', async () => {
    await expect(up(stack)).rejects.toMatchObject({
      name: 'MigrationFailedError',
      message: expect.stringMatching(/held a lock.*pg_stat_activity/),
    });
  });

  expect(await countKeys(stack)).toEqual({ OTHER: 100, MODEL_PROVIDER: 100, MODEL: 10 });
});

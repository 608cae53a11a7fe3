// Requests that go on all the time, while something else happens.
import assert from 'node:assert/strict';
import { ApiError } from '../client/client.ts';
import { MODEL_KEY } from '../local/fleet/keys.ts';
import { demoWorkspaces } from './demo.ts';
import type { DeployedService } from './deployed-service.ts';
import type { Stage } from './stage.ts';

/** What a caller may be told while the database is not as the code needs it: to come again. */
const isToComeAgain = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 503 && error.code === 'DATABASE_NOT_MIGRATED';

/**
 * Reads every pick, and saves one again and again, as long as `work` goes on. Throws where an answer is neither right nor 503,
 * where a pick that was acknowledged is lost, and where nobody was told to come again.
 */
export const keepAskingDuring = async (
  { platform, callers }: Stage,
  service: DeployedService,
  work: () => Promise<void>,
): Promise<void> => {
  const fleet = await platform.fleet();
  const { picked } = await demoWorkspaces(platform);
  const expected = new Map(fleet.map(({ id, picks }) => [id, picks[MODEL_KEY] ?? '']));
  const client = service.client(callers.root);
  let saves = 0;
  let timesClosed = 0;
  /** Nothing where the answer is to come again. */
  const unlessClosed = async <Answer>(asking: Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await asking;
    } catch (error) {
      if (!isToComeAgain(error)) {
        throw error;
      }
      timesClosed += 1;
      return undefined;
    }
  };
  const round = async (): Promise<void> => {
    saves += 1;
    const model = `rehearsal/pick-${saves}`;
    const saved = await unlessClosed(client.set(picked.id, model));
    if (saved !== undefined) {
      assert.equal(saved.model, model);
      expected.set(picked.id, model);
    }
    for (const [id, model] of expected) {
      const read = await unlessClosed(client.get(id));
      assert.equal(read?.model ?? model, model);
    }
  };

  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  try {
    while (!isDone) {
      await round();
    }
  } finally {
    // Whatever a round has met, the next check begins after the deploys.
    await Promise.allSettled([working]);
  }
  await working;
  await round();
  assert.ok(saves > 1 && timesClosed > 0, `${saves} rounds, ${timesClosed} answers to come again.`);
};

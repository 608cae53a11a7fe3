// Requests that go on all the time, while something else happens.
import assert from 'node:assert/strict';
import { MODEL_KEY } from '../local/fleet/keys.ts';
import { demoWorkspaces } from './demo.ts';
import type { Answer, DeployedService } from './deployed-service.ts';
import type { Stage } from './stage.ts';

/** What a caller may be told while the database is not as the code needs it: to come again. */
const isToComeAgain = ({ status, body }: Answer): boolean =>
  status === 503 && JSON.stringify(body).includes('DATABASE_NOT_MIGRATED');

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
  const closed = { answers: 0 };
  const isAnswered = (answer: Answer, wanted: unknown): boolean => {
    if (isToComeAgain(answer)) {
      closed.answers += 1;
      return false;
    }
    assert.partialDeepStrictEqual(answer, { status: 200, body: wanted });
    return true;
  };

  let saves = 0;
  const round = async (): Promise<void> => {
    saves += 1;
    const model = `rehearsal/pick-${saves}`;
    if (isAnswered(await service.call('PUT', picked.id, { model }, callers.root), { model })) {
      expected.set(picked.id, model);
    }
    for (const [id, model] of expected) {
      isAnswered(await service.call('GET', id, undefined, callers.root), { model });
    }
  };

  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await round();
  }
  await working;
  await round();
  assert.ok(saves > 1 && closed.answers > 0, `${saves} rounds, ${closed.answers} answers to come again.`);
};

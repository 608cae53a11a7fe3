// Picks that are set all the while: a run ends all the same, and an undo brings them under the old name.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { down, RENAMED, up } from '../../../helpers/engine.ts';
import { countKeys, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const MIN_PICKS = 20;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.close());

/** Sets a pick in one new workspace after the other while `work` goes on. @returns how many */
const pickMeanwhile = async (work: () => Promise<void>): Promise<number> => {
  let ended = false;
  const working = work().finally(() => {
    ended = true;
  });
  let picks = 0;
  while (!ended) {
    await stack.sql(`
      WITH made AS (INSERT INTO workspaces (name) VALUES ('live') RETURNING id)
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) SELECT id, 'MODEL', 'vendor/live' FROM made`);
    picks += 1;
  }
  await working;
  return picks;
};

/** The run has a few calls to make until it begins; a pick of that time stays as it is. */
const countPicksFromBeforeTheRename = async (): Promise<number> => {
  const [row] = await stack.sql<{ picks: number }>(`
    SELECT count(*)::int AS picks FROM workspace_secrets s JOIN workspaces w ON w.id = s.workspace_id
    WHERE w.name = 'live' AND s.updated_at < (
      SELECT started_at FROM workspace_model_migrations WHERE version = '${RENAMED}')`);
  return row?.picks ?? 0;
};

it('ends a rename while picks are set, and gives each of them the old name in its undo', async () => {
  await loadFleet(stack, 1_000);

  const picks = await pickMeanwhile(() => up(stack, { maxBatchPages: 1 }));

  expect(await countKeys(stack)).toEqual({ OTHER: 1_000, MODEL: 1_000 + picks });
  const earlier = await countPicksFromBeforeTheRename();
  expect(picks - earlier).toBeGreaterThan(MIN_PICKS);
  await down(stack);
  expect(await countKeys(stack)).toEqual({
    OTHER: 1_000,
    MODEL: 100 + earlier,
    MODEL_PROVIDER: 1_000 + picks - earlier,
  });
});

it('ends an undo while picks are set, and loses none', async () => {
  await loadFleet(stack, 1_000);
  await up(stack);

  const picks = await pickMeanwhile(() => down(stack, { maxBatchPages: 1 }));

  expect(picks).toBeGreaterThan(MIN_PICKS);
  const { MODEL = 0, MODEL_PROVIDER = 0 } = await countKeys(stack);
  expect(MODEL + MODEL_PROVIDER).toBe(1_100 + picks);
});

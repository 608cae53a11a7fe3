// Picks that are set all the while: a run ends all the same, and an undo brings them under the old name.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Step } from '../../../../functions/database/step.ts';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { down, RENAME_STEP, RENAMED, stopBeforeStep, up } from '../../../helpers/engine.ts';
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

it('keeps the pick that the old release sets in the middle of an undo, also through the next rename', async () => {
  await loadFleet(stack, 10);
  await stack.sql("INSERT INTO workspaces (name) VALUES ('new'), ('changed')");
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
    SELECT id, 'MODEL', 'vendor/kept' FROM workspaces WHERE name = 'changed'`);
  await up(stack);
  // Picks of this service, in a workspace that had none, and over one that was there before.
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
    SELECT id, 'MODEL', 'vendor/picked' FROM workspaces WHERE name IN ('new', 'changed')
    ON CONFLICT (workspace_id, key) DO UPDATE SET encrypted_value = excluded.encrypted_value, updated_at = clock_timestamp()`);
  await downTo((step) => step.walk !== undefined);
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
    SELECT id, 'MODEL_PROVIDER', 'vendor/newer' FROM workspaces WHERE name IN ('w1', 'w10', 'new', 'changed')`);

  await down(stack);

  for (const workspace of ['w1', 'new', 'changed']) {
    expect(await picksOf(workspace), workspace).toEqual(['MODEL_PROVIDER vendor/newer']);
  }
  expect(await picksOf('w10')).toEqual(['MODEL vendor/w10MODEL', 'MODEL_PROVIDER vendor/newer']);
  await up(stack);
  for (const workspace of ['w1', 'new', 'changed']) {
    expect(await picksOf(workspace), workspace).toEqual(['MODEL vendor/newer']);
  }
  await down(stack);
});

it('gives back a row of before that a rename had not come to, beside a MODEL row that was written meanwhile', async () => {
  await loadFleet(stack, 10);
  await stopBeforeStep(stack, up, RENAME_STEP);
  await stack.sql(`UPDATE workspace_secrets SET encrypted_value = 'vendor/own', updated_at = now() - interval '1 year'
    WHERE key = 'MODEL' AND workspace_id = (SELECT id FROM workspaces WHERE name = 'w10')`);
  const before = await picksOf('w10');

  await down(stack);

  expect(await picksOf('w10')).toEqual(before);
  expect(before).toHaveLength(2);
});

it('takes a pick for one of before where it was set after a run that did not come to any row', async () => {
  await loadFleet(stack, 10);
  await stopBeforeStep(stack, up, 2);
  await stack.sql("INSERT INTO workspaces (name) VALUES ('later')");
  await stack.sql(`INSERT INTO workspace_secrets (workspace_id, key, encrypted_value)
    SELECT id, 'MODEL', 'vendor/own' FROM workspaces WHERE name = 'later'`);

  await up(stack);
  await down(stack);

  expect(await picksOf('later')).toEqual(['MODEL vendor/own']);
});

/** Stops before the first such step of the rename's undo. */
const downTo = async (isWanted: (step: Step) => boolean): Promise<void> => {
  const { down: steps = [] } =
    readMigrationFiles(MIGRATIONS_DIRECTORY).find(({ version }) => version === RENAMED) ?? {};
  await stopBeforeStep(stack, down, steps.findIndex(isWanted));
};

const picksOf = async (workspace: string): Promise<string[]> => {
  const rows = await stack.sql<{ pick: string }>(`
    SELECT key || ' ' || convert_from(encrypted_value, 'UTF8') AS pick FROM workspace_secrets s
    JOIN workspaces w ON w.id = s.workspace_id WHERE w.name = '${workspace}' AND key LIKE 'MODEL%' ORDER BY 1`);
  return rows.map(({ pick }) => pick);
};

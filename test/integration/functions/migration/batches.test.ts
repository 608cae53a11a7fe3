// How long one call works and holds its locks.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { run } from '../../../../functions/migration/run.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../lib/project.ts';
import { down, RENAME_STEP, runOptions, up } from '../../../helpers/engine.ts';
import { countKeys, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const NEXT = '99990101000000';

let stack: TestStack;

beforeEach(async () => {
  stack = await startTestStack({ statementTimeoutMs: 1_000 });
});

afterEach(() => stack.close());

it('ends a batch by time, so that whoever meets its row locks hardly notices', async () => {
  await down(stack);
  // About ten rows a page, and five milliseconds each: a part of 16 pages takes longer than a batch may.
  await stack.sql('ALTER TABLE workspace_secrets SET (fillfactor = 10)');
  await loadFleet(stack, 400);
  await stack.sql(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $body$ BEGIN PERFORM pg_sleep(0.005); RETURN new; END $body$`);
  await stack.sql(`
    CREATE TRIGGER dawdle BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION dawdle()`);
  const pages: number[] = [];

  await up(stack, {
    onProgress: ({ step, page }) => {
      if (step === RENAME_STEP) {
        pages.push(page);
      }
    },
  });

  expect(await countKeys(stack)).toEqual({ OTHER: 400, MODEL: 400 });
  const batches = pages.map((page, index) => page - (pages[index - 1] ?? 0));
  expect(batches.length).toBeGreaterThan(4);
  expect(Math.max(...batches.slice(0, -1))).toBe(16);
});

it('lets a statement that is no batch run on past the time of a call, and finds it done', async () => {
  const slow = {
    version: NEXT,
    name: 'slow',
    file: `${NEXT}_slow.up.sql`,
    checksum: 'slow',
    supersedes: [],
    hash: 'slow',
    up: [{ sql: 'CREATE TABLE made_slowly AS SELECT pg_sleep(2)::text AS slept' }],
    down: [{ sql: 'DROP TABLE made_slowly' }],
  };
  const migrations = [...readMigrationFiles(MIGRATIONS_DIRECTORY), slow];

  await run(runOptions(stack, { migrations }), NEXT);

  expect(await stack.sql('SELECT count(*)::int AS rows FROM made_slowly')).toEqual([{ rows: 1 }]);
});

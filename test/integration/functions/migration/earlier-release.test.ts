// A database that release 1.0 has migrated, with files of another form, in the hands of this one.
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrationFiles } from '../../../../functions/migration/migration-files.ts';
import { countRenames } from '../../../../functions/migration/rename/journal.ts';
import { type RunProgress, run, undoAbove } from '../../../../functions/migration/run.ts';
import {
  afterAnother,
  BASELINE,
  DROP_CONSTRAINT,
  down,
  NEWEST,
  RENAME_STEP,
  RENAMED,
  runOptions,
  stopBeforeStep,
  up,
} from '../../../helpers/engine.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

const EARLIER = readMigrationFiles(
  fileURLToPath(new URL('../../../data/migrations-of-release-1.0/', import.meta.url)),
);
const MODERN = { MODEL: 300, OTHER: 300 };

let stack: TestStack;
let before: string[];

beforeEach(async () => {
  stack = await startTestStack();
  await loadFleet(stack, 300);
  before = await dumpTables(stack);
});

afterEach(() => stack.close());

const earlierRelease = (target: string, wishes = {}) =>
  run(runOptions(stack, { migrations: EARLIER, ...wishes }), target);

/** Stops a run before its `batches`th batch. */
const stopBefore = (batches: number) => {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > batches ? { reason: 'Out of time.', advice: '' } : undefined;
  };
};

const stoppedBefore = (target: string, batches: number) =>
  earlierRelease(target, { maxBatchPages: 1, stopReason: stopBefore(batches) }).catch(() => {});

describe('a database that release 1.0 has renamed', () => {
  it('is accepted as it is, its rows counted', async () => {
    await earlierRelease(RENAMED);

    await up(stack);

    expect(await countKeys(stack)).toEqual(MODERN);
    expect(await countRenames(stack.executeAsOwner)).toEqual({ renamed: 270, superseded: 30 });
  });

  it('is given back by the statements that release 1.0 has stored', async () => {
    await earlierRelease(RENAMED);

    await down(stack);

    expect(await dumpTables(stack)).toEqual(before);
  });

  it('is given back where its ledger has none of the columns that came later', async () => {
    await earlierRelease(RENAMED);
    await stack.sql(`ALTER TABLE workspace_model_migrations DROP COLUMN walked_file, DROP COLUMN pass_suppressed,
      DROP COLUMN left_suppressed, DROP COLUMN suppressed_workspace`);

    await undoAbove(runOptions(stack), BASELINE);

    expect(await dumpTables(stack)).toEqual(before);
  });

  it('is not given back by them without a column that they name', async () => {
    await earlierRelease(RENAMED);
    await run(runOptions(stack), NEWEST);
    await stack.sql('ALTER TABLE workspace_secrets DROP COLUMN created_at');

    await expect(down(stack)).rejects.toThrow(
      'Nothing was changed. The table workspace_secrets lacks created_at,',
    );
    expect(await stack.sql(`SELECT 1 FROM workspace_model_migrations WHERE state <> 'applied'`)).toEqual([]);
    await stack.sql('ALTER TABLE workspace_secrets ADD COLUMN created_at timestamptz');
    await down(stack);

    expect(await countKeys(stack)).toEqual({ MODEL_PROVIDER: 300, OTHER: 300, MODEL: 30 });
  });

  it('is renamed again in its place where its constraint is gone, and given back all the same', async () => {
    await earlierRelease(RENAMED);
    await run(runOptions(stack), NEWEST);
    await stack.sql(DROP_CONSTRAINT);
    const undone: string[] = [];
    const onProgress = ({ state, version }: RunProgress) => {
      undone.push(...(state === 'reverting' ? [version] : []));
    };

    await run(runOptions(stack, { onProgress }), NEWEST);
    expect(undone).toEqual([]);
    expect(await countKeys(stack)).toEqual(MODERN);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('goes on with the same steps where renaming it again was stopped, and never back under a service', async () => {
    await earlierRelease(RENAMED);
    await run(runOptions(stack), NEWEST);
    await stack.sql(DROP_CONSTRAINT);
    const stopped = run(runOptions(stack, { stopReason: stopBefore(2) }), NEWEST);
    await expect(stopped).rejects.toThrow('Out of time');
    const states: string[] = [];
    const onProgress = ({ state }: RunProgress) => {
      states.push(state);
    };

    await run(runOptions(stack, { onProgress }), NEWEST);

    expect(states).not.toContain('reverting');
    expect(await countKeys(stack)).toEqual(MODERN);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it.each([3, 6, 9])('is renamed after release 1.0 was stopped at batch %i', async (batches) => {
    await stoppedBefore(RENAMED, batches);

    await up(stack);
    expect(await countKeys(stack)).toEqual(MODERN);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('is not taken back where another runner of the same request has done that, and has begun to rename', async () => {
    await stoppedBefore(RENAMED, 6);
    const token = 'the same request';
    const other = () => stopBeforeStep(stack, (_, wishes) => up(stack, { ...wishes, token }), RENAME_STEP);
    const states: string[] = [];
    const onProgress = ({ state }: RunProgress) => {
      states.push(state);
    };

    await up(stack, { token, onProgress, execute: afterAnother(stack, "SET state = 'reverting'", other) });

    expect(states).not.toContain('reverting');
    expect(await countKeys(stack)).toEqual(MODERN);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });

  it('is renamed again after release 1.0 was stopped on its way back', async () => {
    await earlierRelease(RENAMED);
    await stoppedBefore(BASELINE, 4);

    await up(stack);
    expect(await countKeys(stack)).toEqual(MODERN);
    await down(stack);
    expect(await dumpTables(stack)).toEqual(before);
  });
});

// The rename engine over a test's local Data API endpoint, as the migrate function and the command line run it.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Execute } from '../../functions/database/client.ts';
import { readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { type RunOptions, run } from '../../functions/migration/run.ts';
import { BASELINE, MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import type { TestStack } from './local-stack.ts';

export { BASELINE };

export const RENAMED = '20260519000000';
/** As a schema tool or a restore may: rows of the old key can come in then. The name is spelt out, as operators see it. */
export const DROP_CONSTRAINT =
  'ALTER TABLE workspace_secrets DROP CONSTRAINT "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead"';
export const NEWEST = readMigrationFiles(MIGRATIONS_DIRECTORY).at(-1)?.version ?? '';

/** What a run needs, with one's own wishes for it. */
export const runOptions = (stack: TestStack, wishes: Partial<RunOptions> = {}): RunOptions => ({
  execute: stack.executeAsOwner,
  token: randomUUID(),
  migrations: readMigrationFiles(MIGRATIONS_DIRECTORY),
  stopReason: () => undefined,
  ...wishes,
});

export const up = (stack: TestStack, wishes?: Partial<RunOptions>) => run(runOptions(stack, wishes), RENAMED);

export const down = (stack: TestStack, wishes?: Partial<RunOptions>) =>
  run(runOptions(stack, wishes), BASELINE);

const UP = readMigrationFiles(MIGRATIONS_DIRECTORY).flatMap(({ version, up }) =>
  version === RENAMED ? up : [],
);

/** The step that journals the MODEL rows of before, counted from 0. */
export const KEPT_STEP = UP.findIndex(({ sql }) => sql.includes("SELECT 'kept'"));

/** The step that renames, counted from 0. */
export const RENAME_STEP = UP.findIndex(({ sql }) => sql.includes("SET key = 'MODEL'"));

/** Stops an up or a down before this step of the rename, counted from 0. */
export const stopBeforeStep = async (stack: TestStack, go: typeof up, step: number): Promise<void> => {
  let next = 0;
  const stopping = go(stack, {
    onProgress: (progress) => {
      next = progress.step;
    },
    stopReason: () => (next === step ? { reason: 'Stopped.', advice: '' } : undefined),
  });
  await expect(stopping).rejects.toThrow('Stopped.');
};

/** Lets another runner do its work before the first statement that has these words. */
export const afterAnother = (stack: TestStack, words: string, other: () => Promise<void>): Execute => {
  const send = stack.executeAsOwner;
  let isDone = false;
  return async (statement) => {
    if (!isDone && statement.sql.includes(words)) {
      isDone = true;
      await other();
    }
    return send(statement);
  };
};

/** Whether a call says that its request is done. */
export const isNotingDone = ({ sql = '' }: { sql?: string }): boolean =>
  sql.includes("jsonb_build_object('doneBy'");

/** Whether a call carries out a step of a migration. */
export const isStep = ({ sql = '' }: { sql?: string }): boolean => sql.includes('$step$');

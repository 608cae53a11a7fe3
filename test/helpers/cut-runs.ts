// Runs of the engine that are cut at a call, or lose an answer there, and are then run again.
import { expect } from 'vitest';
import type { Execute } from '../../functions/database/client.ts';
import { countRenames } from '../../functions/migration/rename/journal.ts';
import { down, up } from './engine.ts';
import { dumpTables } from './fleet-states.ts';
import type { TestStack } from './local-stack.ts';

const SAVED = ['workspace_secrets', 'workspace_model_migrations', 'workspace_model_migration_lease'];
/** The same for a run and its repetition, as with a repeated CloudFormation request. */
const TOKEN = 'the same request';

type Direction = 'up' | 'down';
type Cut = 'before' | 'after';

/** Keeps the current state, to go back to it before each cut. */
export const saveState = async ({ sql }: TestStack): Promise<void> => {
  for (const table of SAVED) {
    await sql(`CREATE TABLE saved_${table} AS TABLE ${table}`);
  }
};

const run = (stack: TestStack, direction: Direction, maxBatchPages: number, execute = stack.executeAsOwner) =>
  (direction === 'up' ? up : down)(stack, { token: TOKEN, maxBatchPages, execute });

/** How many calls an undisturbed run makes, and the tables after it. */
export const undisturbed = async (stack: TestStack, direction: Direction, maxBatchPages: number) => {
  let calls = 0;
  const send = stack.executeAsOwner;
  await run(stack, direction, maxBatchPages, (statement) => {
    calls += 1;
    return send(statement);
  });
  return { calls, tables: await dumpTables(stack) };
};

/** Cuts a run at its `index`th call: nothing that it would have sent from there on arrives. Then runs it again. */
export const cutAndRunAgain = async (
  stack: TestStack,
  direction: Direction,
  maxBatchPages: number,
  index: number,
  cut: Cut,
): Promise<void> => {
  // Cut at its last call, which only gives the lease back, a run ends well.
  await Promise.allSettled([run(stack, direction, maxBatchPages, cutAt(stack.executeAsOwner, index, cut))]);
  await run(stack, direction, maxBatchPages);
};

const cutAt = (send: Execute, index: number, cut: Cut): Execute => {
  let calls = 0;
  return async (statement) => {
    calls += 1;
    if (calls > index || (calls === index && cut === 'before')) {
      throw new Error('killed');
    }
    const result = await send(statement);
    if (calls === index) {
      throw new Error('killed');
    }
    return result;
  };
};

/** Runs with the answer to the `index`th call lost on the wire. */
export const runWithLostAnswer = async (
  stack: TestStack,
  direction: Direction,
  maxBatchPages: number,
  index: number,
): Promise<void> => {
  let calls = 0;
  stack.aws.onCall = () => {
    calls += 1;
    return calls === index ? { kind: 'lost-response' } : undefined;
  };
  await run(stack, direction, maxBatchPages);
  stack.aws.onCall = undefined;
};

/** The report counts each row once, however the run went. */
export const expectCounted = async (stack: TestStack, renamed: number, superseded: number): Promise<void> => {
  const counts = await countRenames(stack.executeAsOwner);
  expect(counts).toEqual({ renamed, superseded });
};

/** Goes back to the saved state. */
export const restoreState = async (stack: TestStack): Promise<void> => {
  await stack.sql(`ALTER TABLE workspace_secrets
    DROP CONSTRAINT IF EXISTS "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead"`);
  await stack.sql('DROP TABLE IF EXISTS workspace_model_rename_journal, workspace_model_rename_superseded');
  await stack.sql(`TRUNCATE ${SAVED.join(', ')}`);
  for (const table of SAVED) {
    await stack.sql(`INSERT INTO ${table} TABLE saved_${table}`);
  }
};

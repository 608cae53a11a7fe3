// The claim that the rename does to any table what simple SQL would, and its undo gives every byte back.
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { down, up } from './engine.ts';
import { dumpTables, fleetState, loadState } from './fleet-states.ts';
import { startTestStack, type TestStack } from './local-stack.ts';

/** The rename as simple SQL: what the engine must amount to. */
const SIMPLE_RENAME = `
  UPDATE workspace_secrets s SET key = 'MODEL'
  WHERE key = 'MODEL_PROVIDER' AND NOT EXISTS (
    SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND m.key = 'MODEL')`;

/** Declares the test for so many random states of up to 2,000 rows. */
export const describeAnyFleet = ({ states }: { states: number }): void => {
  describe(`${states} random states of the table`, () => {
    let stack: TestStack;

    beforeAll(async () => {
      stack = await startTestStack();
    });

    afterAll(() => stack.close());

    it('ends an up of any table as the simple SQL would, and gives back every byte in a down', async () => {
      await fc.assert(
        fc.asyncProperty(fleetState(2_000), fc.integer({ min: 1, max: 50 }), async (rows, maxBatchPages) => {
          await loadState(stack, rows);
          const before = await dumpTables(stack);

          await up(stack, { maxBatchPages });
          const renamed = await dumpTables(stack);
          await up(stack);
          expect(await dumpTables(stack)).toEqual(renamed);

          await down(stack, { maxBatchPages });
          expect(await dumpTables(stack)).toEqual(before);

          await stack.sql(SIMPLE_RENAME);
          await stack.sql(`DELETE FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`);
          expect(await dumpTables(stack)).toEqual(renamed);
        }),
        { numRuns: states },
      );
    });
  });
};

// The claim that a run may be cut, or lose an answer, at any call, made for fleets of one size.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../functions/migration/run.ts';
import {
  cutAndRunAgain,
  expectCounted,
  restoreState,
  runWithLostAnswer,
  saveState,
  undisturbed,
} from './cut-runs.ts';
import { BASELINE, runOptions } from './engine.ts';
import { dumpTables, loadFleet } from './fleet-states.ts';
import { startTestStack, type TestStack } from './local-stack.ts';

export interface FleetSize {
  legacyRows: number;
  maxBatchPages: number;
  minBatches: number;
}

/** Declares the tests for an up, then a down, over `legacyRows`, of which a tenth is superseded. */
export const describeKillAnywhere = ({ legacyRows, maxBatchPages, minBatches }: FleetSize): void => {
  describe(`${legacyRows} legacy rows`, () => {
    let stack: TestStack;

    beforeAll(async () => {
      stack = await startTestStack();
      await run(runOptions(stack), BASELINE);
      await loadFleet(stack, legacyRows);
      await saveState(stack);
    });

    afterAll(() => stack.close());

    const atEachCall = async (calls: number, disturbed: (index: number) => Promise<void>) => {
      for (let index = 1; index <= calls; index += 1) {
        await restoreState(stack);
        await disturbed(index);
      }
    };

    it('takes enough batches in an undisturbed up to be cut in', async () => {
      await restoreState(stack);
      await undisturbed(stack, 'up', maxBatchPages);

      const [entry] = await stack.sql<{ batches: string }>(
        'SELECT max(batches) AS batches FROM workspace_model_migrations',
      );
      expect(Number(entry?.batches)).toBeGreaterThanOrEqual(minBatches);
    });

    it.each(['before', 'after'] as const)(
      'ends an up that is cut %s any call and run again as if it had not been cut',
      async (cut) => {
        await restoreState(stack);
        const { calls, tables } = await undisturbed(stack, 'up', maxBatchPages);

        await atEachCall(calls, async (index) => {
          await cutAndRunAgain(stack, 'up', maxBatchPages, index, cut);
          expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(tables);
          await expectCounted(stack, legacyRows * 0.9, legacyRows * 0.1);
        });
      },
    );

    it.each(['before', 'after'] as const)(
      'gives everything back in a down that is cut %s any call and run again',
      async (cut) => {
        await restoreState(stack);
        const before = await dumpTables(stack);
        await undisturbed(stack, 'up', maxBatchPages);
        const { calls } = await undisturbed(stack, 'down', maxBatchPages);

        await atEachCall(calls, async (index) => {
          await undisturbed(stack, 'up', 1_000);
          await cutAndRunAgain(stack, 'down', maxBatchPages, index, cut);
          expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(before);
        });
      },
    );

    it('ends an up that loses the answer to any call as if it had not, counting each row once', async () => {
      await restoreState(stack);
      const { calls, tables } = await undisturbed(stack, 'up', maxBatchPages);

      await atEachCall(calls, async (index) => {
        await runWithLostAnswer(stack, 'up', maxBatchPages, index);
        expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(tables);
        await expectCounted(stack, legacyRows * 0.9, legacyRows * 0.1);
      });
    });

    it('gives everything back in a down that loses the answer to any call', async () => {
      await restoreState(stack);
      const before = await dumpTables(stack);
      await undisturbed(stack, 'up', maxBatchPages);
      const { calls } = await undisturbed(stack, 'down', maxBatchPages);

      await atEachCall(calls, async (index) => {
        await undisturbed(stack, 'up', 1_000);
        await runWithLostAnswer(stack, 'down', maxBatchPages, index);
        expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(before);
      });
    });
  });
};

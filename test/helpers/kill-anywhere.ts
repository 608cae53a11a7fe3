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

interface Disturbance {
  name: string;
  run: typeof runWithLostAnswer;
}

export interface KillAnywhere {
  legacyRows: number;
  maxBatchPages: number;
  minBatches: number;
  disturbances: readonly Disturbance[];
  /** 1 for every call, 4 for every fourth one, beginning by chance. */
  stride: 1 | 4;
}

const cut =
  (when: 'before' | 'after'): typeof runWithLostAnswer =>
  (stack, direction, maxBatchPages, index) =>
    cutAndRunAgain(stack, direction, maxBatchPages, index, when);

/** Each at every call. */
export const eachDisturbance: readonly Disturbance[] = [
  { name: 'is cut before any call and run again', run: cut('before') },
  { name: 'is cut after any call and run again', run: cut('after') },
  { name: 'loses the answer to any call', run: runWithLostAnswer },
];

/** One at a call, so that a third of the time is taken. */
export const disturbancesInTurns: readonly Disturbance[] = [
  {
    name: 'is cut before any call, or after it, or loses its answer, by turns,',
    run: async (stack, direction, maxBatchPages, index) =>
      eachDisturbance[index % eachDisturbance.length]?.run(stack, direction, maxBatchPages, index),
  },
];

/** Declares the tests for an up, then a down, over `legacyRows`, of which a tenth is superseded. */
export const describeKillAnywhere = ({
  legacyRows,
  maxBatchPages,
  minBatches,
  disturbances,
  stride,
}: KillAnywhere): void => {
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
      const first = 1 + Math.floor(Math.random() * stride);
      for (let index = first; index <= calls; index += stride) {
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

    it.each(disturbances)(
      'ends an up that $name as if that had not been, counting each row once',
      async ({ run: disturbedRun }) => {
        await restoreState(stack);
        const { calls, tables } = await undisturbed(stack, 'up', maxBatchPages);

        await atEachCall(calls, async (index) => {
          await disturbedRun(stack, 'up', maxBatchPages, index);
          expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(tables);
          await expectCounted(stack, legacyRows * 0.9, legacyRows * 0.1);
        });
      },
    );

    it.each(disturbances)('gives everything back in a down that $name', async ({ run: disturbedRun }) => {
      await restoreState(stack);
      const before = await dumpTables(stack);
      await undisturbed(stack, 'up', maxBatchPages);
      const { calls } = await undisturbed(stack, 'down', maxBatchPages);

      await atEachCall(calls, async (index) => {
        await undisturbed(stack, 'up', 1_000);
        await disturbedRun(stack, 'down', maxBatchPages, index);
        expect(await dumpTables(stack), `call ${index} of ${calls}`).toEqual(before);
      });
    });
  });
};

// Peak of the resident memory after 10,000 invocations, against an empty handler beside the SDK, and halfway.
import { contestantsOf } from '../contestants.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 0, rounds: 5 };
const HALF = 5_000;

export const memory: Measurement = {
  name: 'memory',
  measure: async (bench) => {
    const contestants = contestantsOf(bench);
    const events = bench.stack.workspaceIds.map(getModelEvent);
    const halves: number[] = [];
    const peaks = await inRounds(
      ['ours', 'empty-with-sdk', 'two-clients'],
      ROUNDS,
      async (name) => {
        const run = { ...contestants[name], events, warmUp: HALF, invocations: HALF, inFlight: 1 };
        const { halfPeakKb, peakKb } = await invokeMany(run);
        if (name === 'ours') halves.push(halfPeakKb / 1_000);
        return peakKb / 1_000;
      },
      bench.progress,
    );
    const ours = spreadOf(peaks('ours'));
    const empty = { name: 'empty handler with the SDK', figure: spreadOf(peaks('empty-with-sdk')) };
    const clients = { name: 'two-clients', figure: spreadOf(peaks('two-clients')) };
    const half = { name: 'after 5,000', figure: spreadOf(halves) };
    const what = 'peak memory after 10,000 invocations';
    return [
      compare(what, 'MB', ours, clients, { atMost: 1.25 }),
      compare(what, 'MB', ours, empty),
      compare(what, 'MB', ours, half, { atMost: 1.05 }),
    ];
  },
};

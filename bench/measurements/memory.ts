// Peak of the resident memory after 10,000 invocations, against the SDK with the same call, and after as many again.
import { contestantsOf } from '../contestants.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 0, rounds: 3 };
const INVOCATIONS = 10_000;

export const memory: Measurement = {
  name: 'memory',
  measure: async (bench) => {
    const contestants = contestantsOf(bench);
    const events = bench.stack.workspaceIds.map(getModelEvent);
    const later: number[] = [];
    const peaks = await inRounds(
      ['ours', 'empty-with-sdk', 'two-clients'],
      ROUNDS,
      async (name) => {
        const run = { events, warmUp: INVOCATIONS, invocations: INVOCATIONS, inFlight: 1 };
        const { halfPeakKb, peakKb } = await invokeMany({ ...contestants[name], ...run });
        if (name === 'ours') {
          later.push(peakKb / 1_000);
        }
        return halfPeakKb / 1_000;
      },
      bench.progress,
    );
    const ours = spreadOf(peaks('ours'));
    const what = 'peak memory after 10,000 invocations';
    return [
      compare(
        what,
        'MB',
        ours,
        { name: 'bare client.send', figure: spreadOf(peaks('two-clients')) },
        { atMost: 1.25 },
      ),
      compare(what, 'MB', ours, {
        name: 'empty handler beside the SDK',
        figure: spreadOf(peaks('empty-with-sdk')),
      }),
      compare(
        'peak memory after 20,000 invocations',
        'MB',
        spreadOf(later),
        { name: 'after 10,000', figure: ours },
        { atMost: 1.05 },
      ),
    ];
  },
};

// Invocations a second of one process with 64 in flight, against the peers.
import { contestantsOf } from '../contestants.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 1, rounds: 7 };
const PEERS = ['two-clients', 'usual-parts', 'data-api-client', 'drizzle'] as const;

export const throughput: Measurement = {
  name: 'throughput',
  measure: async (bench) => {
    const contestants = contestantsOf(bench);
    const events = bench.stack.workspaceIds.map(getModelEvent);
    const rates = await inRounds(
      ['ours', ...PEERS],
      ROUNDS,
      async (name) => {
        const run = { ...contestants[name], events, warmUp: 1_500, invocations: 5_000, inFlight: 64 };
        return 5_000 / ((await invokeMany(run)).wallMs / 1_000);
      },
      bench.progress,
    );
    return PEERS.map((name) =>
      compare(
        'throughput, 64 in flight',
        'requests/s',
        spreadOf(rates('ours')),
        { name: name === 'two-clients' ? 'bare client.send' : name, figure: spreadOf(rates(name)) },
        // The bare call does nothing of what a handler is for, so none can be ahead of it.
        name === 'two-clients' ? undefined : { atLeast: 1 },
      ),
    );
  },
};

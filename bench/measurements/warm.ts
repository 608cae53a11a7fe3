// CPU time of an invocation of get-model once everything is warm, against a bare send of the same statement.
import { contestantsOf } from '../contestants.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 1, rounds: 7 };
const WARM_UP = 1_500;
const INVOCATIONS = 3_000;

export const warm: Measurement = {
  name: 'warm',
  measure: async (bench) => {
    const contestants = contestantsOf(bench);
    const events = bench.stack.workspaceIds.map(getModelEvent);
    const cpu = await inRounds(
      ['ours', 'two-clients', 'usual-parts', 'data-api-client', 'drizzle'],
      ROUNDS,
      async (name) => {
        const run = { ...contestants[name], events, warmUp: WARM_UP, invocations: INVOCATIONS, inFlight: 1 };
        return ((await invokeMany(run)).cpuMs * 1_000) / INVOCATIONS;
      },
      bench.progress,
    );
    const row = (name: 'two-clients' | 'usual-parts' | 'data-api-client' | 'drizzle', atMost?: number) =>
      compare(
        'CPU time of a warm invocation',
        'µs',
        spreadOf(cpu('ours')),
        { name: name === 'two-clients' ? 'bare client.send' : name, figure: spreadOf(cpu(name)) },
        atMost === undefined ? undefined : { atMost },
      );
    return [row('two-clients', 1.15), row('usual-parts'), row('data-api-client'), row('drizzle')];
  },
};

// Time for 1,000 workspaces to be provisioned, one after the other, against a GET of each.
import { contestantsOf } from '../contestants.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent, provisionEvent } from '../service/events.ts';
import { MODEL } from '../service/fleet.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 1, rounds: 9 };

export const provisioning: Measurement = {
  name: 'provisioning',
  measure: async (bench) => {
    const { workspaceIds, variables } = bench.stack;
    const length = workspaceIds.length;
    const each = { warmUp: length, invocations: length, inFlight: 1 };
    const runs = {
      get: { ...contestantsOf(bench).ours, events: workspaceIds.map(getModelEvent), ...each },
      provision: {
        file: bench.functions.provision,
        environment: variables.provision,
        events: workspaceIds.map((id) => provisionEvent(id)),
        body: JSON.stringify({ MODEL }),
        ...each,
      },
    };
    const times = await inRounds(
      ['get', 'provision'],
      ROUNDS,
      async (name) => (await invokeMany(runs[name])).wallMs,
      bench.progress,
    );
    const get = { name: 'GET of each', figure: spreadOf(times('get')) };
    const what = `provision of ${length.toLocaleString('en')} workspaces`;
    return [compare(what, 'ms', spreadOf(times('provision')), get, { atMost: 1.2 })];
  },
};

// How many Data API calls an operation makes, counted by the endpoint that answers them.
import { contestantsOf } from '../contestants.ts';
import type { Bench, Measurement, Row } from '../measurement.ts';
import { type Invocations, invokeMany } from '../runtime/invoke-many.ts';
import { getModelEvent, provisionEvent, setModelEvent } from '../service/events.ts';
import { MODEL } from '../service/fleet.ts';
import { compare, exactly } from '../statistics.ts';

const OPERATIONS = 100;

export const dataApiCalls: Measurement = {
  name: 'data-api-calls',
  measure: async (bench) => {
    const runs = operationsOf(bench);
    const rows: Row[] = [];
    for (const [name, run] of Object.entries(runs)) {
      const before = await bench.stack.countDataApiCalls();
      await invokeMany({ ...run, warmUp: 0, invocations: OPERATIONS, inFlight: 1 });
      const calls = ((await bench.stack.countDataApiCalls()) - before) / OPERATIONS;
      rows.push(
        compare(
          `Data API calls of ${name}`,
          'calls',
          exactly(calls),
          { name: 'one', figure: exactly(1) },
          { atMost: 1 },
        ),
      );
      bench.progress(rows.length, Object.keys(runs).length);
    }
    return rows;
  },
};

type Operation = Pick<Invocations, 'file' | 'environment' | 'events' | 'body'>;

const operationsOf = (bench: Bench): Record<string, Operation> => {
  const { workspaceIds, variables } = bench.stack;
  const of = (name: 'set-model' | 'provision', events: unknown[], body: object): Operation => ({
    file: bench.functions[name],
    environment: variables[name],
    events,
    body: JSON.stringify(body),
  });
  return {
    GET: { ...contestantsOf(bench).ours, events: workspaceIds.map(getModelEvent) },
    'PUT that clears': of(
      'set-model',
      workspaceIds.map((id) => setModelEvent(id, '')),
      { status: 'cleared' },
    ),
    'PUT that saves': of(
      'set-model',
      workspaceIds.map((id) => setModelEvent(id, MODEL)),
      {
        status: 'saved',
        model: MODEL,
      },
    ),
    provision: of(
      'provision',
      workspaceIds.map((id) => provisionEvent(id)),
      { MODEL },
    ),
    'provision with a model': of(
      'provision',
      workspaceIds.map((id) => provisionEvent(id, MODEL)),
      { MODEL },
    ),
  };
};

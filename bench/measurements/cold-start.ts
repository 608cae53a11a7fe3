// From the spawn of a process to the first answer of get-model, as Lambda starts a function: fresh processes in turns.
import { type Contestant, contestantsOf } from '../contestants.ts';
import type { Bench, Measurement, Row } from '../measurement.ts';
import { measureColdStart } from '../runtime/cold-start.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const WARM_UP_ROUNDS = 3;
const ROUNDS = 40;

export const coldStart: Measurement = {
  name: 'cold-start',
  measure: async (bench) => {
    const contestants = Object.values(contestantsOf(bench));
    const times: Record<Contestant['name'], number[]> = {
      ours: [],
      empty: [],
      'two-clients': [],
      'usual-parts': [],
      'data-api-client': [],
      drizzle: [],
    };
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
      // Each round begins with another one, so that nobody always follows the same neighbour.
      for (const contestant of rotated(contestants, round)) {
        const ms = await startOnce(bench, contestant);
        if (round >= WARM_UP_ROUNDS) times[contestant.name].push(ms);
      }
      bench.progress(round + 1, WARM_UP_ROUNDS + ROUNDS);
    }
    return rowsOf(times);
  },
};

const startOnce = async ({ stack }: Bench, { file, environment, body }: Contestant): Promise<number> => {
  const [workspaceId = ''] = stack.workspaceIds;
  const { totalMs, answer } = await measureColdStart(file, environment, getModelEvent(workspaceId));
  if (answer.statusCode !== 200 || answer.body !== body) {
    throw new Error(`${file} answered ${JSON.stringify(answer)}.`);
  }
  return totalMs;
};

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
};

/** Time above the empty handler is taken within a round: the machine's moods then touch both. */
const rowsOf = (times: Record<Contestant['name'], number[]>): Row[] => {
  const above = (name: Contestant['name']) =>
    spreadOf(times[name].map((ms, round) => ms - (times.empty[round] ?? Number.NaN)));
  const row = (name: Contestant['name'], target?: Row['target']) =>
    compare('cold start above empty', 'ms', above('ours'), { name, figure: above(name) }, target);
  return [
    compare('cold start', 'ms', spreadOf(times.ours), { name: 'empty', figure: spreadOf(times.empty) }),
    row('two-clients', { atMost: 0.6 }),
    row('usual-parts', { atMost: 0.45 }),
    row('data-api-client'),
    row('drizzle'),
  ];
};

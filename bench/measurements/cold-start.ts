// From the spawn of a process to the first answer of get-model, as Lambda starts a function: a fresh process each.
import { type Contestant, contestantsOf } from '../contestants.ts';
import type { Bench, Measurement, Row } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { measureColdStart } from '../runtime/cold-start.ts';
import { getModelEvent } from '../service/events.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 3, rounds: 40 };
const NAMES = [
  'ours',
  'empty',
  'two-clients',
  'two-clients-two-calls',
  'two-clients-bundled',
  'usual-parts',
  'data-api-client',
  'drizzle',
] as const;

export const coldStart: Measurement = {
  name: 'cold-start',
  measure: async (bench) => {
    const contestants = contestantsOf(bench);
    const times = await inRounds(
      NAMES,
      ROUNDS,
      (name) => startOnce(bench, contestants[name]),
      bench.progress,
    );
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

/** Time above the empty handler is taken within a round. */
const rowsOf = (times: (name: (typeof NAMES)[number]) => number[]): Row[] => {
  const empty = times('empty');
  const above = (name: (typeof NAMES)[number]) =>
    spreadOf(times(name).map((ms, round) => ms - (empty[round] ?? 0)));
  const row = (name: (typeof NAMES)[number], target?: Row['target']) =>
    compare('cold start above empty', 'ms', above('ours'), { name, figure: above(name) }, target);
  return [
    compare('cold start', 'ms', spreadOf(times('ours')), { name: 'empty', figure: spreadOf(empty) }),
    row('two-clients', { atMost: 0.6 }),
    row('two-clients-two-calls'),
    row('two-clients-bundled'),
    row('usual-parts', { atMost: 0.45 }),
    row('data-api-client'),
    row('drizzle'),
  ];
};

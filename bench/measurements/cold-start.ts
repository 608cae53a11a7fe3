// From the spawn of a process to the first answer of get-model, as Lambda starts a function: a fresh process each.
import { CATALOGUE_IDS } from '../catalogue.ts';
import { contestantsOf } from '../contestants.ts';
import type { Measurement, Row } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import type { ColdStart } from '../runtime/cold-start.ts';
import { aboveEmpty, startOnce } from '../starts.ts';
import { compare, compareInRounds, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 3, rounds: 40 };
const NAMES = [
  'ours',
  'ours-with-catalogue',
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
    const starts = await inRounds(
      NAMES,
      ROUNDS,
      (name) => startOnce(bench, contestants[name]),
      bench.progress,
    );
    return rowsOf(starts);
  },
};

const rowsOf = (starts: (name: (typeof NAMES)[number]) => ColdStart[]): Row[] => {
  const totals = (name: (typeof NAMES)[number]) => starts(name).map(({ totalMs }) => totalMs);
  const whole = (name: (typeof NAMES)[number]) => spreadOf(totals(name));
  const above = (name: (typeof NAMES)[number]) => aboveEmpty(starts(name), starts('empty'));
  const row = (name: (typeof NAMES)[number], target?: Row['target']) =>
    compare('cold start above empty', 'ms', above('ours'), { name, figure: above(name) }, target);
  return [
    compare('cold start', 'ms', whole('ours'), { name: 'empty', figure: whole('empty') }),
    compareInRounds(
      `cold start with a catalogue of ${CATALOGUE_IDS.toLocaleString('en')} ids, round by round`,
      'ms',
      totals('ours-with-catalogue'),
      { name: 'without', figures: totals('ours') },
      { atMost: 1.05 },
    ),
    row('two-clients', { atMost: 0.6 }),
    row('two-clients-two-calls'),
    row('two-clients-bundled'),
    row('usual-parts', { atMost: 0.45 }),
    row('data-api-client'),
    row('drizzle'),
  ];
};

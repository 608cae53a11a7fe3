// The rows as a table for a terminal.
import { terminalTable } from '../../local/support/terminal-table.ts';
import type { Row, Spread, Target } from '../measurement.ts';
import { meetsTarget } from '../statistics.ts';

const HEAD = ['what', 'ours', 'against', 'theirs', 'ratio', 'must be', 'verdict'];

export const tableOf = (rows: readonly Row[]): string => terminalTable(HEAD, rows.map(cellsOf));

const cellsOf = (row: Row): string[] => {
  const { what, unit, ours, against, ratio, target } = row;
  return [
    what,
    `${spread(ours)} ${unit}`,
    against.name,
    `${spread(against.figure)} ${unit}`,
    ratio.toFixed(2),
    target ? bound(target) : '',
    verdict(meetsTarget(row)),
  ];
};

export const bound = ({ atMost, atLeast }: Target): string =>
  atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;

const spread = ({ median, low, high }: Spread): string =>
  low === high ? figure(median) : `${figure(median)} (${figure(low)}–${figure(high)})`;

/** Three digits, or all before the point. */
export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const verdict = (met: boolean | undefined): string => {
  if (met === undefined) {
    return '';
  }
  return met ? 'met' : 'MISSED';
};

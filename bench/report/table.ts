// The rows as a table for a terminal.
import Table from 'cli-table3';
import type { Row, Spread, Target } from '../measurement.ts';
import { meetsTarget } from '../statistics.ts';

export const tableOf = (rows: readonly Row[]): string => {
  const table = new Table({
    head: ['what', 'ours', 'against', '', 'ratio', 'must be', ''],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const { what, unit, ours, against, ratio, target } = row;
    table.push([
      what,
      `${spread(ours)} ${unit}`,
      against.name,
      `${spread(against.figure)} ${unit}`,
      ratio.toFixed(2),
      target ? bound(target) : '',
      verdict(meetsTarget(row)),
    ]);
  }
  return table.toString();
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

// The rows as the table of ratios that stands in README.md, under "Speed".
import type { Row } from '../measurement.ts';
import { bound } from './table.ts';

export const markdownOf = (rows: readonly Row[]): string =>
  [
    '| what | against | ratio | must be |',
    '|---|---|---|---|',
    ...rows.map(
      ({ what, against, ratio, target }) =>
        `| ${what} | ${against.name} | ${ratio.toFixed(2)} | ${target ? bound(target) : 'shown'} |`,
    ),
  ].join('\n');

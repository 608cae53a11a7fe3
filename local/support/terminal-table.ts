// A table for people: columns where the terminal is wide enough for them, otherwise a block of lines for each row.
import Table from 'cli-table3';
import { visible } from './visible.ts';

/** Of output that goes to a file or another program. */
const ANY_WIDTH = Number.POSITIVE_INFINITY;

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'left-mid', 'mid-mid', 'right-mid', 'top-mid', 'bottom-mid']
    .flatMap((name) => [name, `${name}-left`, `${name}-right`])
    .concat('top-left', 'top-right', 'bottom-left', 'bottom-right')
    .map((name) => [name, '']),
);

export const terminalTable = (
  head: string[],
  texts: string[][],
  width = process.stdout.columns ?? ANY_WIDTH,
): string => {
  const rows = texts.map((cells) => cells.map(visible));
  const table = new Table({
    chars: { ...NO_BORDERS, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(head, ...rows);
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return lines.every((line) => line.length <= width) ? lines.join('\n') : blocks(head, rows);
};

const blocks = (head: string[], rows: string[][]): string =>
  rows
    .map((row) =>
      row
        .map((cell, index) => `${head[index]}: ${cell}`)
        .filter((_, index) => row[index] !== '')
        .join('\n'),
    )
    .join('\n\n');

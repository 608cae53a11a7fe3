// A table for people: columns where the terminal is wide enough for them, otherwise a block of lines for each row.
import stringWidth from 'string-width';
import { visible } from './visible.ts';

/** Of output that goes to a file or another program. */
const ANY_WIDTH = Number.POSITIVE_INFINITY;

const GAP = '  ';

export const terminalTable = (
  head: string[],
  texts: string[][],
  width = process.stdout.columns ?? ANY_WIDTH,
): string => {
  const rows = texts.map((cells) => cells.map(visible));
  const lines = columns([head, ...rows]);
  return lines.every((line) => stringWidth(line) <= width) ? lines.join('\n') : blocks(head, rows);
};

const columns = (rows: string[][]): string[] => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell));
    }
  }
  const padded = (cell: string, index: number) => cell + ' '.repeat((widths[index] ?? 0) - stringWidth(cell));
  return rows.map((row) => row.map(padded).join(GAP).trimEnd());
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

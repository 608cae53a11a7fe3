// How the commands print: text for people, one JSON document, or lines with commas.
import { isWellFormed } from '../../functions/model/model-id.ts';
import { terminalTable } from '../../local/support/terminal-table.ts';

export type Format = 'text' | 'json' | 'csv';

export interface Columns<Row> {
  head: string[];
  cellsOf: (row: Row) => string[];
}

/** Rows as a table for people, or in the form that was asked for. */
export const printRows = <Row>(format: Format, rows: Row[], { head, cellsOf }: Columns<Row>): void => {
  if (format === 'json') {
    printJson(rows);
    return;
  }
  const lines = rows.map(cellsOf);
  if (format === 'csv') {
    console.log([head, ...lines].map(csvLine).join('\n'));
    return;
  }
  console.log(terminalTable(head, lines));
};

export const printJson = (document: unknown): void => console.log(JSON.stringify(document, null, 2));

/** What begins a formula in one spreadsheet or another: OWASP's list for CSV injection. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe. */
export const csvLine = (cells: string[]): string =>
  cells
    .map((cell) => (FORMULA.test(cell) && !isModelId(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');

/** `@cf/meta/llama-3.1-8b-instruct` stays as it is, for --from and --model: in the alphabet of ids, no formula calls anything. */
const isModelId = (cell: string): boolean => cell.startsWith('@') && isWellFormed(cell);

/** A number with its noun: `1 pick`, `2 picks`. */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

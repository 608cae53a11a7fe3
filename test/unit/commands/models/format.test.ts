import { expect, it } from 'vitest';
import { csvLine } from '../../../../commands/models/format.ts';

it.each([
  '=HYPERLINK("http://a.example")',
  '+1',
  '-1',
  '@SUM(A1)',
  "@cmd|' /C calc'!A0",
  '@ops team',
  '\t=1',
  '\r=1',
  '\n=1',
  '＝1',
])('puts an apostrophe before %j, which a spreadsheet would take for a formula', (name) => {
  expect(csvLine([name]).replace(/^"|"$/g, '').replaceAll('""', '"')).toBe(`'${name}`);
});

it.each(['@cf/meta/llama-3.1-8b-instruct', 'minimax/MiniMax-M2.7', 'a-b', ''])(
  'leaves %j as it is',
  (cell) => {
    expect(csvLine([cell])).toBe(cell);
  },
);

it('quotes a cell with a comma, a quote or a line break', () => {
  expect(csvLine(['a,b', 'say "c"', 'd\ne', 'f'])).toBe('"a,b","say ""c""","d\ne",f');
});

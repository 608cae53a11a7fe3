import { expect, it } from 'vitest';
import { terminalTable } from '../../../../local/support/terminal-table.ts';

const HEAD = ['NAME', 'STATE', 'NOTE'];
const ROWS = [
  ['a', 'applied', 'the first'],
  ['another', 'pending', ''],
];

it('aligns columns where the terminal is as wide as the longest line', () => {
  expect(terminalTable(HEAD, ROWS, 27)).toBe(
    ['NAME     STATE    NOTE', 'a        applied  the first', 'another  pending'].join('\n'),
  );
});

it('writes a block for each row, without what is empty, where the terminal is narrower', () => {
  expect(terminalTable(HEAD, ROWS, 26)).toBe(
    ['NAME: a', 'STATE: applied', 'NOTE: the first', '', 'NAME: another', 'STATE: pending'].join('\n'),
  );
});

it('aligns what a terminal shows two columns wide', () => {
  expect(
    terminalTable(
      ['NAME', 'STATE'],
      [
        ['日本語', 'applied'],
        ['a', 'pending'],
      ],
      15,
    ),
  ).toBe(['NAME    STATE', '日本語  applied', 'a       pending'].join('\n'));
});

it('prints a fleet of 200,000 rows', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`workspace ${index}`, 'opus']);
  const lines = terminalTable(['NAME', 'MODEL'], rows).split('\n');
  expect(lines).toHaveLength(200_001);
  expect(lines.at(-1)).toBe('workspace 199999  opus');
});

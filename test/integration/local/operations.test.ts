import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operations } from '../../../local/aws/operations.ts';

const DOCUMENT = new URL('../../../docs/local-stack.md', import.meta.url);

it('has the operations that docs/local-stack.md lists', () => {
  const [, table = ''] =
    /^\| operation \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const firstCells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  const named = firstCells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(named).toEqual(Object.keys(operations));
});

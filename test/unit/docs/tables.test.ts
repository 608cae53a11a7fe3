// The tables that repeat code are as the code has it, and well formed.
import { expect, it } from 'vitest';
import { readDocuments, tableNamesIn, withTables } from '../../../commands/docs/documents.ts';
import { tables } from '../../../commands/docs/tables.ts';

const documents = readDocuments();

it.each(documents)('finds every table of $path as "npm run docs" would write it', (document) => {
  expect(withTables(document)).toBe(document.text);
});

it('writes every table that it knows into some document', () => {
  expect([...new Set(documents.flatMap(tableNamesIn))].sort()).toEqual(Object.keys(tables).sort());
});

it('refuses a table that nobody writes', () => {
  const text = '<!-- npm run docs writes this: prices -->\n<!-- to here -->';
  expect(() => withTables({ path: 'docs/a.md', text })).toThrow(
    'docs/a.md asks for a table "prices". Known are ',
  );
});

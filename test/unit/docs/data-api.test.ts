// The tables of docs/data-api.md are of operations, tests and clients that are there.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../lib/project.ts';
import { operations } from '../../../local/aws/operations.ts';

const DOCS = join(projectRoot, 'docs');

const text = readFileSync(join(DOCS, 'data-api.md'), 'utf8');

/** The cells of the table under a heading, row by row. */
const tableUnder = (heading: string): string[][] => {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [, table = ''] = section.split(/^\|[-|]+\|\n/m);
  const [rows = ''] = table.split('\n\n');
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
};

const same = tableUnder('As on AWS').map(([operation = '', what = '', source = '', test = '']) => ({
  operation,
  what,
  source,
  test,
}));

const different = tableUnder('Otherwise than on AWS').map(
  ([operation = '', what = '', here = '', test = '']) => ({ operation, what, here, test }),
);

it('says something of every operation that the endpoint has, in its order, and of no other', () => {
  const named = new Set(same.map(({ operation }) => operation));
  expect([...named]).toEqual([...Object.keys(operations).map((name) => `\`${name}\``), 'every one']);
});

it.each([...same, ...different])('names for $operation, $what, a test that is there', ({ test }) => {
  const [, title = '', file = ''] = /^\[(.+)\]\((.+)\)$/.exec(test) ?? [];
  expect(readFileSync(join(DOCS, file), 'utf8')).toContain(`'${title}',`);
});

it.each(same)('says of $operation, $what, where that is from', ({ source }) => {
  expect(source).not.toBe('');
  const labels = [...source.matchAll(/\[([\w-]+)\]/g)].map(([, label = '']) => label);
  expect(labels.filter((label) => !text.includes(`\n[${label}]: https://`))).toEqual([]);
});

it.each(different)(
  'says of $operation, $what, what is otherwise, for an operation that the endpoint has',
  (row) => {
    expect(same.map(({ operation }) => operation)).toContain(row.operation);
    expect(row.here).not.toBe('');
  },
);

it('names every client that npm run test:peers runs', () => {
  const files = globSync('test/peers/*.test.ts', { cwd: projectRoot });
  const named = tableUnder('Clients that it is tried with').flatMap(([, packages = '']) => [
    ...packages.matchAll(/`([^`]+)`/g),
  ]);
  expect(named.map(([, name]) => name).sort()).toEqual(
    files.map((file) => basename(file, '.test.ts')).sort(),
  );
});

// The tables of docs/local-stack.md on the AWS endpoint are of operations, tests and clients that are there.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../../lib/project.ts';
import { operations } from '../../../local/aws/operations.ts';

const DOCS = join(projectRoot, 'docs');

const text = readFileSync(join(DOCS, 'local-stack.md'), 'utf8');

/** The cells of the table whose head begins with `first`, row by row. */
const tableOf = (first: string): string[][] => {
  const [, table = ''] = text.split(new RegExp(`^\\| ${first} \\|.*\\n\\|[-|]+\\|\\n`, 'm'));
  const [rows = ''] = table.split('\n\n');
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
};

const behaviours = tableOf('operation').map(
  ([operation = '', what = '', onAws = '', source = '', test = '']) => ({
    operation,
    what,
    onAws,
    source,
    test,
  }),
);

it('says something of every operation that the endpoint has, in its order, and of no other', () => {
  const named = new Set(behaviours.map(({ operation }) => operation));
  expect([...named]).toEqual([...Object.keys(operations).map((name) => `\`${name}\``), 'every one']);
});

it.each(behaviours)('names for $operation, $what, a test that is there', ({ test }) => {
  const [, title = '', file = ''] = /^\[(.+)\]\((.+)\)$/.exec(test) ?? [];
  expect(readFileSync(join(DOCS, file), 'utf8')).toContain(`'${title}',`);
});

it.each(behaviours)('says of $operation, $what, whether it is as on AWS, and where that is from', (row) => {
  expect(row.onAws).toMatch(/^(the same|on purpose: )/);
  expect(row.source).not.toBe('');
  // Only what is ours alone has no source.
  expect([row.onAws, row.source]).not.toEqual([expect.stringMatching(/^the same/), 'none']);
  const labels = [...row.source.matchAll(/\[(\w+)\]/g)].map(([, label = '']) => label);
  expect(labels.filter((label) => !text.includes(`\n[${label}]: https://`))).toEqual([]);
});

it('names every client that npm run test:peers runs', () => {
  const files = globSync('test/peers/*.test.ts', { cwd: projectRoot });
  const named = tableOf('client').flatMap(([, packages = '']) => [...packages.matchAll(/`([^`]+)`/g)]);
  expect(named.map(([, name]) => name).sort()).toEqual(
    files.map((file) => basename(file, '.test.ts')).sort(),
  );
});

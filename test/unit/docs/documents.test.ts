import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../../lib/context.ts';
import { contextKeys } from '../../../lib/context-keys.ts';
import { outputDescriptions } from '../../../lib/output-descriptions.ts';

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** The cells of the table under a heading row, each row without its back quotes. */
const tableOf = (heading: string): string[][] => {
  const [, body = ''] = readme.split(`${heading}\n`);
  const [table = ''] = body.split('\n\n');
  return table
    .split('\n')
    .slice(1)
    .map((row) => row.slice(2, -2).replaceAll('`', '').split(' | '));
};

describe('README.md', () => {
  it('documents each key of context in README, in the words that a wrong value shows, with its default', () => {
    const { keys, database } = readContext({}, {});
    const defaults = new Map(Object.entries({ ...keys, ...database }));
    expect(tableOf('| context key | what to write | default |')).toEqual(
      Object.entries(contextKeys.shape).map(([key, { description }]) => [
        key,
        description,
        String(defaults.get(key) ?? 'none'),
      ]),
    );
  });

  it('documents each output in README, in the words that CloudFormation shows', () => {
    expect(tableOf('| output | what it is |')).toEqual(Object.entries(outputDescriptions));
  });
});

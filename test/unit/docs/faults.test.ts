// docs/faults.md is written by an exhaustive test; here it is held to the list of faults.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { databaseFaults, describeTimes, keyFaults, timesOf } from '../../faults/faults.ts';

const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');

it.each([
  ['The Data API', databaseFaults],
  ['Secrets Manager', keyFaults],
])('documents under "%s" every fault that is tried, and for how long', (heading, faults) => {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| (.+?) \| (once|always|for \d+ s) \|/gm)].map(
    ([, name, times]) => `${name}, ${times}`,
  );
  expect(rows).toEqual(
    faults.flatMap((each) => timesOf(each).map((times) => `${each.name}, ${describeTimes(times)}`)),
  );
});

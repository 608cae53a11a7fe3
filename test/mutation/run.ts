// npm run test:mutation: Stryker over rooms of functions/, one after the other.
import { spawnSync } from 'node:child_process';
import { startTestRun } from '../helpers/test-run.ts';
import { type Mutated, readReport } from './report.ts';
import { ROOMS } from './rooms.ts';
import { ROOM, SURVIVORS, TEST_RUN } from './shared-run.ts';

const named = process.argv.slice(2);
const names = ROOMS.map(({ name }) => name);
const unknown = named.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no room ${unknown} to mutate, but ${names.join(', ')}.`);
  process.exit(2);
}

const { close, ...run } = await startTestRun();

const stryker = (environment: Record<string, string>): void => {
  const env = { ...process.env, ...environment, [TEST_RUN]: JSON.stringify(run) };
  const { status } = spawnSync('stryker', ['run'], { env, stdio: 'inherit' });
  if (status !== 0) {
    throw new Error('Stryker has failed; its message stands above.');
  }
};

/** Of those that survived the quick tests of a room. */
const survivorsOfAll = (room: string, quick: Mutated[]): Mutated[] => {
  stryker({ [ROOM]: room, [SURVIVORS]: quick.map(({ place }) => place).join(',') });
  const slow = readReport(`${room}-survivors`).filter(({ isFound }) => isFound);
  const found = new Set(slow.map(({ id }) => id));
  return quick.filter(({ id }) => !found.has(id));
};

try {
  for (const { name, slowTests } of ROOMS.filter((room) => named.length === 0 || named.includes(room.name))) {
    stryker({ [ROOM]: name });
    const mutants = readReport(name);
    const quick = mutants.filter(({ isFound }) => !isFound);
    const survivors = slowTests.length > 0 && quick.length > 0 ? survivorsOfAll(name, quick) : quick;
    const found = mutants.length - survivors.length;
    console.log(survivors.map(({ change }) => change).join('\n'));
    console.log(
      `${name}: ${found} of ${mutants.length} found, ${((100 * found) / mutants.length).toFixed(1)} %`,
    );
  }
} finally {
  await close();
}

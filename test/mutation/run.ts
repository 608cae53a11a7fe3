// npm run test:mutation: Stryker over rooms of functions/, one after the other, or over a part of each.
import { spawnSync } from 'node:child_process';
import { runCommand, UsageError } from '../../commands/command.ts';
import { startTestRun } from '../helpers/test-run.ts';
import { declarationsOf } from './declarations.ts';
import { type Mutated, readReport } from './report.ts';
import { ROOMS, type Room } from './rooms.ts';
import { PLACES, ROOM, SPEED, TEST_RUN } from './shared-run.ts';

const NAMES = ROOMS.map(({ name }) => name);
const HELP = `Usage: npm run test:mutation -- [--part <k>/<n>] [<room> …]

Changes one expression after the other and runs the tests that would notice. Rooms: ${NAMES.join(', ')}; all without a name.
--part 2/5 takes every fifth declaration of a room, beginning with the second: a fifth of the time.`;

interface Part {
  /** Counts from 0. */
  index: number;
  of: number;
}

const partOf = (text: string): Part => {
  const [, part = '', parts = ''] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (part === '' || Number(part) > Number(parts)) {
    throw new UsageError(`--part is a part such as 2/5, the second of five, not ${text}.`);
  }
  return { index: Number(part) - 1, of: Number(parts) };
};

const placesOf = (room: string, part: Part): string[] =>
  declarationsOf(`functions/${room}`).filter((_, index) => index % part.of === part.index);

const stryker = (environment: Record<string, string>): void => {
  const { status } = spawnSync('stryker', ['run'], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new Error('Stryker has failed; its message stands above.');
  }
};

/** Of what survived the quick tests of a room. */
const survivorsOfAll = (room: string, quick: Mutated[]): Mutated[] => {
  stryker({ [ROOM]: room, [SPEED]: 'slow', [PLACES]: quick.map(({ place }) => place).join() });
  const slow = readReport(`${room}-slow`).filter(({ isFound }) => isFound);
  const found = new Set(slow.map(({ id }) => id));
  return quick.filter(({ id }) => !found.has(id));
};

const mutateRoom = ({ name, slowTests }: Room, part: Part): void => {
  stryker({ [ROOM]: name, [SPEED]: 'quick', [PLACES]: placesOf(name, part).join() });
  const mutants = readReport(name);
  const quick = mutants.filter(({ isFound }) => !isFound);
  const survivors = slowTests.length > 0 && quick.length > 0 ? survivorsOfAll(name, quick) : quick;
  const found = mutants.length - survivors.length;
  console.log(survivors.map(({ change }) => change).join('\n'));
  console.log(
    `${name}: ${found} of ${mutants.length} found, ${((100 * found) / mutants.length).toFixed(1)} %`,
  );
};

await runCommand({
  name: 'npm run test:mutation',
  help: HELP,
  options: { part: { type: 'string', default: '1/1' } },
  takesWords: true,
  run: async (chosen, named) => {
    const part = partOf(chosen.part);
    const unknown = named.filter((name) => !NAMES.includes(name));
    if (unknown.length > 0) {
      throw new UsageError(`There is no room ${unknown.join(', ')} to mutate, but ${NAMES.join(', ')}.`);
    }
    const { close, ...run } = await startTestRun();
    process.env[TEST_RUN] = JSON.stringify(run);
    try {
      for (const room of ROOMS.filter(({ name }) => named.length === 0 || named.includes(name))) {
        mutateRoom(room, part);
      }
    } finally {
      await close();
    }
  },
});

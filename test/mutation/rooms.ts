// The rooms of functions/ that mutation testing takes one at a time, each with the tests that run its code in their own
// process. Those that wait for minutes, or work on many rows, are left out: every mutant that they run over would wait, too.
import { ROOM } from './shared-run.ts';

interface Room {
  name: string;
  tests: string[];
}

const INTEGRATION = 'test/integration/functions';

const ROOMS: Room[] = [
  { name: 'model', tests: [] },
  {
    name: 'secrets',
    tests: [`${INTEGRATION}/secrets/*.test.ts`, `${INTEGRATION}/database/reencrypt.test.ts`],
  },
  { name: 'invocation', tests: [`${INTEGRATION}/list-models.test.ts`] },
  {
    name: 'database',
    tests: [
      `${INTEGRATION}/history.test.ts`,
      `${INTEGRATION}/database/*.test.ts`,
      `${INTEGRATION}/migration/{adopt,lease,limits,moves,picks-view,setup,suspects}.test.ts`,
    ],
  },
  {
    name: 'migration',
    tests: [
      `${INTEGRATION}/migration/{adopt,api-user,batches,creation,deploy,earlier-release,interruptions,lease,limits}.test.ts`,
      `${INTEGRATION}/migration/{moves,picks-view,platforms,setup,suspects}.test.ts`,
    ],
  },
];

export const roomNames = ROOMS.map(({ name }) => name);

/** The room to mutate, with all of its tests: the first one unless run.ts names another. */
export const roomToMutate = (): Room => {
  const wanted = process.env[ROOM] ?? roomNames[0];
  const room = ROOMS.find(({ name }) => name === wanted);
  if (room === undefined) {
    throw new Error(`There is no room ${wanted} to mutate.`);
  }
  return { ...room, tests: [`test/unit/functions/${room.name}/*.test.ts`, ...room.tests] };
};

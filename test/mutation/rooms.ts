// The rooms of functions/ that mutation testing takes one at a time, each with the tests that run its code in their own
// process. Those that wait for minutes, or work on many rows, are left out: every mutant that they run over would wait, too.

interface Room {
  name: string;
  tests: string[];
}

const INTEGRATION = 'test/integration/functions';

const ROOMS: Room[] = [
  { name: 'model', tests: [] },
  {
    name: 'secrets',
    tests: [`${INTEGRATION}/encryption-key.test.ts`, `${INTEGRATION}/database/reencrypt.test.ts`],
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

/** The room that ROOM names, `model` unless it does, with all of its tests. @throws where there is no such room */
export const roomToMutate = (): Room => {
  const wanted = process.env['ROOM'] ?? 'model';
  const room = ROOMS.find(({ name }) => name === wanted);
  if (room === undefined) {
    throw new Error(`Set ROOM to one of ${ROOMS.map(({ name }) => name).join(', ')}.`);
  }
  return { ...room, tests: [`test/unit/functions/${room.name}/*.test.ts`, ...room.tests] };
};

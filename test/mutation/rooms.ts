// The rooms of functions/ that mutation testing takes one at a time, each with the tests that would notice a change in it.
// Left out are those that wait for minutes or work on many rows: every mutant that they run over would wait, too.
import { PLACES, ROOM, SPEED } from './shared-run.ts';

export interface Room {
  name: string;
  /** In test/integration/functions/, in the order in which they run: quickest first, since the first that fails ends a run. */
  tests: string[];
  /** Run for those mutants alone that all others have not found. */
  slowTests: string[];
}

const DEPLOYS = [
  'migration/setup',
  'migration/adopt',
  'migration/live-picks',
  'migration/earlier-release',
  'migration/suspects',
  'migration/moves',
  'migration/picks-view',
  'migration/api-user',
];

const PLATFORMS = [
  'migration/platforms-accepted.slow',
  'migration/platforms-undone.slow',
  'migration/platforms-refused.slow',
];

export const ROOMS: Room[] = [
  { name: 'model', tests: [], slowTests: [] },
  {
    name: 'secrets',
    tests: ['secrets/encryption-key', 'secrets/secrets-manager', 'database/reencrypt'],
    slowTests: ['encryption-key'],
  },
  { name: 'invocation', tests: ['list-models', 'catalogue', 'provision', 'set-model'], slowTests: [] },
  {
    name: 'database',
    tests: [
      'get-model',
      'set-model',
      'conditional-writes',
      'provision',
      'not-migrated',
      'history',
      'audit',
      'list-models',
      'old-name',
      'database/rights',
      'database/answers',
      'database/deployment',
      'database/lease',
      'database/owner',
      'database/workspace-model',
      'database/early-agent',
      ...DEPLOYS,
      'database/reencrypt',
    ],
    slowTests: [
      ...PLATFORMS,
      'migration/creation.slow',
      'migration/limits',
      'migration/lease',
      'database/attempts',
    ],
  },
  {
    name: 'migration',
    tests: [...DEPLOYS, 'migration/interruptions.slow', ...PLATFORMS],
    slowTests: [
      'migration/batches',
      'migration/creation.slow',
      'migration/deadline',
      'migration/limits',
      'migration/lease',
      'migration/deploy',
    ],
  },
];

interface Pass {
  name: string;
  /** Files, or places in them. */
  mutate: string[];
  tests: string[];
}

/** What one run of Stryker does, as run.ts says it. */
export const passOf = (environment: NodeJS.ProcessEnv): Pass => {
  // Without a room: whoever only reads the configuration, such as knip.
  const wanted = environment[ROOM] ?? 'model';
  const room = ROOMS.find((each) => each.name === wanted);
  if (room === undefined) {
    throw new Error(`There is no room ${wanted} to mutate.`);
  }
  const { name, tests, slowTests } = room;
  const pathsOf = (names: string[]) => names.map((test) => `test/integration/functions/${test}.test.ts`);
  const mutate = environment[PLACES]?.split(',') ?? [`functions/${name}/**/*.ts`];
  return environment[SPEED] === 'slow'
    ? { name: `${name}-slow`, mutate, tests: pathsOf(slowTests) }
    : { name, mutate, tests: [`test/unit/functions/${name}/*.test.ts`, ...pathsOf(tests)] };
};

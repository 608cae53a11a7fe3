// The tests of every change: `npm test`, and in the mode `slow` those files of them that take longest by far: `npm run
// test:slow`. What takes many minutes is in vitest.exhaustive.config.ts, with a word on what that is.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { sequencerOf } from './test/helpers/sequencer.ts';

/**
 * Files that are begun first, in this order: those that mostly wait, so that others use the processor meanwhile, and those
 * that take longest, so that none of them is still at work when all others have ended.
 */
const FIRST = [
  'creation.slow.test',
  'migration/platforms-',
  'linearizability.test',
  'unavailable.test',
  'commands/start.test',
  'commands/migrate.test',
  'database/attempts.test',
  'migration/deploy.test',
  'commands/models.test',
  'canaries.test',
  'encryption-key.test',
  'migration/rename.test',
  'commands/',
  'lib/',
];

// The colours of messages are made in workers, which do not know whether a terminal shows them.
if (process.stdout.isTTY !== true) {
  process.env['NO_COLOR'] = '1';
}

// Programs that tests start, tens of each command among them, load half as long from what the first of them compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node');

// Each process would set up the CDK's own look at templates for some seconds. One test of the stacks turns it on, and so
// does every synth outside of tests.
process.env['CDK_VALIDATION'] ??= 'false';

const SLOW = 'test/**/*.slow.test.ts';

export default defineConfig(({ mode }) => ({
  test: {
    ...(mode === 'slow'
      ? { include: [SLOW] }
      : {
          include: ['test/{unit,integration}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, SLOW],
        }),
    globalSetup: ['test/helpers/test-run.setup.ts'],
    // Files share a process, so that libraries are loaded once in each; setupFiles loads the project's own modules anew.
    isolate: false,
    setupFiles: ['test/helpers/fresh-modules.setup.ts'],
    // Half of a test is waiting, for other processes or for a time to be up, so two cores carry five workers.
    maxWorkers: Math.max(5, availableParallelism() - 1),
    sequence: { sequencer: sequencerOf(FIRST) },
    // What the CDK prints of a stack is of interest only where a test of it fails.
    silent: 'passed-only',
    // Names of tests that come from a table, whole.
    taskTitleValueFormatTruncate: 0,
    // Many times what they take: machines are shared.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
}));

// The tests of every change: `npm test`. What takes minutes is in vitest.exhaustive.config.ts, with a word on what that is.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, begun first so that none of them is still at work when all others have ended. */
const LONGEST = [
  'commands/',
  'migration/cloudformation.test',
  'linearizability.test',
  'unavailable.test',
  'database/attempts.test',
  'migration/random-platforms.test',
  'migration/rename.test',
  'lib/',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((part) => moduleId.includes(part));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

// The colours of messages are made in workers, which do not know whether a terminal shows them.
if (process.stdout.isTTY !== true) {
  process.env['NO_COLOR'] = '1';
}

export default defineConfig({
  test: {
    include: ['test/{unit,integration}/**/*.test.ts'],
    globalSetup: ['test/helpers/test-run.setup.ts'],
    // Files share a process, so that libraries are loaded once in each; setupFiles loads the project's own modules anew.
    isolate: false,
    setupFiles: ['test/helpers/fresh-modules.setup.ts'],
    // Half of a test is waiting for other processes, so two cores carry three workers.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    // What the CDK prints of a stack is of interest only where a test of it fails.
    silent: 'passed-only',
    // Many times what they take: machines are shared.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});

// The tests by which mutants of a room are found.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { passOf } from './test/mutation/rooms.ts';

const { tests } = passOf(process.env);

/** Unit tests, and then in the order of the room. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => tests.findIndex((path) => moduleId.endsWith(path));
    return files.sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: tests,
    globalSetup: ['test/mutation/shared-run.setup.ts'],
    setupFiles: ['test/helpers/fresh-modules.setup.ts'],
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    // Twice what the longest takes. A change that makes code wait for ever is found sooner so than by Stryker's own limit.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});

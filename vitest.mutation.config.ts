// The tests by which mutants of a room are found.
import { defineConfig } from 'vitest/config';
import { sequencerOf } from './test/helpers/sequencer.ts';
import { passOf } from './test/mutation/rooms.ts';

const { tests } = passOf(process.env);

export default defineConfig({
  test: {
    include: tests,
    globalSetup: ['test/mutation/shared-run.setup.ts'],
    setupFiles: ['test/helpers/fresh-modules.setup.ts'],
    isolate: false,
    sequence: { sequencer: sequencerOf(['test/unit/', ...tests]) },
    // Twice what the longest takes. A change that makes code wait for ever is found sooner so than by Stryker's own limit.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});

// The tests by which mutants of a room are found.
import { defineConfig } from 'vitest/config';
import { roomToMutate } from './test/mutation/rooms.ts';

export default defineConfig({
  test: {
    include: roomToMutate().tests,
    globalSetup: ['test/mutation/shared-run.setup.ts'],
    setupFiles: ['test/helpers/fresh-modules.setup.ts'],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

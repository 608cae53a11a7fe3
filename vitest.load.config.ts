// Histories under load, checked for linearizability: `npm run test:load`, some twenty minutes. It writes docs/load.md.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/load/**/*.test.ts'],
    globalSetup: ['test/helpers/test-run.setup.ts'],
    testTimeout: 10 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

// The tests that take minutes: `npm run test:exhaustive`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/exhaustive/**/*.test.ts'],
    globalSetup: ['test/helpers/postgres.setup.ts'],
    testTimeout: 20 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

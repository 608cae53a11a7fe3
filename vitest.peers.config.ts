// Other programs' clients against the local AWS endpoint: `npm run test:peers`. Each has cases for every feature that it
// uses of AWS.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/peers/*.test.ts'],
    globalSetup: ['test/helpers/test-run.setup.ts'],
    reporters: ['verbose', './test/peers/summary.reporter.ts'],
    testTimeout: 5 * 60_000,
    hookTimeout: 5 * 60_000,
    fileParallelism: false,
  },
});

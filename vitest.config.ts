import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,integration}/**/*.test.ts'],
    globalSetup: ['test/helpers/postgres.setup.ts'],
    // What the CDK prints of a stack is of interest only where a test of it fails.
    silent: 'passed-only',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

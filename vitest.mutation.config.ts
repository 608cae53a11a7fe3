// The tests by which mutants are found: those that run the functions' code in their own process.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/unit/functions/**/*.test.ts',
      'test/integration/functions/{database,migration}/**/*.test.ts',
    ],
    exclude: [
      // Minutes of waiting or of many rows, for every mutant that they run over.
      'test/integration/functions/migration/{kill-anywhere,rename,autovacuum,deadline,live-picks}.test.ts',
    ],
    globalSetup: ['test/helpers/test-run.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

// The tests that take minutes: `npm run test:exhaustive`. Each is the large form of one that `npm test` has in a short form,
// or `npm run test:slow`: random states of the table (400 for 12), random platforms (500 for 6), a fleet disturbed at every
// call in each of three ways (also with 5,000 rows, for 200 and one way at every fourth call), each way that a deploy ends
// (undisturbed, with a second Delete, with lost answers and with killed functions, for one with each request repeated),
// runners that start together as processes, and a table that somebody keeps locked for longer than a run waits.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/exhaustive/**/*.test.ts'],
    globalSetup: ['test/helpers/test-run.setup.ts'],
    testTimeout: 20 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    taskTitleValueFormatTruncate: 0,
    // Of the tests of one file that may run together: faults of a migration wait for minutes.
    maxConcurrency: 16,
  },
});

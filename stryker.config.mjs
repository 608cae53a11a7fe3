// Mutation testing of one room of functions/, started by test/mutation/run.ts. It finds lines that tests run but do
// not check. The functions of a local stack run in worker threads, which Stryker's switch does not reach: so only tests
// that run the code in their own process count, and what the others alone hold shows as surviving.
import { roomToMutate } from './test/mutation/rooms.ts';

const { name } = roomToMutate();

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [
    `functions/${name}/**/*.ts`,
    // Lists of names and of messages, which hold no logic.
    '!functions/model/{provider-slugs,runtime-names}.ts',
    '!functions/**/errors.ts',
  ],
  coverageAnalysis: 'perTest',
  // Of what runs once, as a module loads: each such mutant would have to run every test.
  ignoreStatic: true,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: `.stryker-tmp/mutations-${name}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: null },
  tempDirName: `.stryker-tmp/${name}`,
  concurrency: 2,
};

// Mutation testing: `npm run test:mutation`, which takes too long for every change. It finds lines that tests run but do
// not check. The functions of a local stack run in worker threads, which Stryker's switch does not reach: so only tests
// that run the code in their own process count, and what the others alone hold shows as surviving.
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [
    'functions/{model,secrets,invocation,database,migration}/**/*.ts',
    // Lists of names and of messages, which hold no logic.
    '!functions/model/{provider-slugs,runtime-names}.ts',
    '!functions/**/errors.ts',
  ],
  coverageAnalysis: 'perTest',
  // Of what runs once, as a module loads: each such mutant would have to run every test.
  ignoreStatic: true,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.stryker-tmp/mutations.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: null },
  tempDirName: '.stryker-tmp',
  concurrency: 2,
};

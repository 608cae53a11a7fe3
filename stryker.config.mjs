// Mutation testing of one room of functions/, started by test/mutation/run.ts. It finds lines that tests run but do
// not check. Stryker's switch does not reach worker threads, so the functions of a local stack run in the tests' own process.
import { reportOf } from './test/mutation/report.ts';
import { passOf } from './test/mutation/rooms.ts';

const { name, mutate } = passOf(process.env);

export default {
  testRunner: 'vitest',
  // The stack loads its functions by their paths, so nothing shows which tests are related to them.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  mutate: [
    ...mutate,
    // Lists of names and of messages, which hold no logic. The errors of functions/model/ cut what they quote.
    '!functions/model/{provider-slugs,runtime-names,shared-names}.ts',
    '!functions/{invocation,database,secrets,migration}/errors.ts',
  ],
  coverageAnalysis: 'perTest',
  // Of what runs once, as a module loads: each such mutant would have to run every test.
  ignoreStatic: true,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: reportOf(name) },
  tempDirName: `.stryker-tmp/${name}`,
  // Half of a test is waiting for PostgreSQL.
  concurrency: 3,
};

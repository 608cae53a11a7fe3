// Stryker starts its test runners many times. All of them work on the one test run that run.ts has started.
import type { TestProject } from 'vitest/node';
import { sharedRun } from './shared-run.ts';

export default (project: TestProject): void => {
  const { postgresUrl, postgresLog, bundlesDirectory } = sharedRun();
  project.provide('postgresUrl', postgresUrl);
  project.provide('postgresLog', postgresLog);
  project.provide('bundlesDirectory', bundlesDirectory);
};

// Stryker starts its test runners many times. All of them work on the one test run that run.ts has started.
import type { TestProject } from 'vitest/node';
import { provideTestRun } from '../helpers/test-run.setup.ts';
import { sharedRun } from './shared-run.ts';

export default (project: TestProject): void => {
  provideTestRun(project, sharedRun());
  project.provide('runsInProcess', true);
};

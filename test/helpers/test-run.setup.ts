// Starts what a test run shares, and hands it to every test file.
import type { TestProject } from 'vitest/node';
import { startTestRun, type TestRun } from './test-run.ts';

declare module 'vitest' {
  interface ProvidedContext extends TestRun {}
}

export const provideTestRun = (project: TestProject, run: TestRun): void => {
  project.provide('postgresUrl', run.postgresUrl);
  project.provide('postgresLog', run.postgresLog);
  project.provide('bundlesDirectory', run.bundlesDirectory);
};

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const run = await startTestRun();
  provideTestRun(project, run);
  return run.close;
};

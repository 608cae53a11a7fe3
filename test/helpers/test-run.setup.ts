// Starts what a test run shares, and hands it to every test file.
import type { TestProject } from 'vitest/node';
import { startTestRun, type TestRun } from './test-run.ts';

declare module 'vitest' {
  interface ProvidedContext extends TestRun {
    /** Whether the functions of a stack run in the test's own process, rather than in worker threads. */
    runsInProcess: boolean;
  }
}

export const provideTestRun = (project: TestProject, run: TestRun): void => {
  project.provide('postgresUrl', run.postgresUrl);
  project.provide('postgresLog', run.postgresLog);
  project.provide('bundlesDirectory', run.bundlesDirectory);
  project.provide('assembliesDirectory', run.assembliesDirectory);
};

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const run = await startTestRun();
  provideTestRun(project, run);
  project.provide('runsInProcess', false);
  return run.close;
};

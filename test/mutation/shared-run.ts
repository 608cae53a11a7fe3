// How run.ts tells the test runners, which are processes of Stryker's, what to mutate and where the test run is.
import * as z from 'zod';

export const ROOM = 'MUTATION_ROOM';
export const TEST_RUN = 'MUTATION_TEST_RUN';
/** What to mutate, separated by commas; all of the room where there is none. */
export const PLACES = 'MUTATION_PLACES';
/** `quick` or `slow`. */
export const SPEED = 'MUTATION_SPEED';

const TestRun = z.object({
  postgresUrl: z.string(),
  postgresLog: z.string(),
  bundlesDirectory: z.string(),
  assembliesDirectory: z.string(),
});

export const sharedRun = (): z.infer<typeof TestRun> =>
  TestRun.parse(JSON.parse(process.env[TEST_RUN] ?? '{}'));

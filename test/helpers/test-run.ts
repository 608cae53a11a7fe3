// What a whole test run shares: one PostgreSQL server, on which every test file makes databases of its own, one build of
// the functions, since the stacks of the tests run what a deploy uploads, and what the CDK has synthesized.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { functionNames } from '../../functions/contract.ts';
import { bundle } from '../../lib/bundling.ts';
import { startPostgres } from '../../local/postgres/start-postgres.ts';
import { makeOwnDirectory, removeOwnDirectory } from './own-directory.ts';

export interface TestRun {
  /** Of the superuser, in the database `postgres`. */
  postgresUrl: string;
  /** The file that the server logs into. */
  postgresLog: string;
  /** The folder of the functions' bundles. */
  bundlesDirectory: string;
  /** A folder for cloud assemblies (helpers/synthesized.ts). */
  assembliesDirectory: string;
}

export const startTestRun = async (): Promise<TestRun & { close: () => Promise<void> }> => {
  const directory = makeOwnDirectory();
  const postgres = await startPostgres({
    directory,
    durable: false,
    // A lock that a test forgets fails the next statement by itself, long before the time of its test is up.
    settings: ['lock_timeout=30s'],
  });
  const bundlesDirectory = join(directory, 'bundles');
  for (const name of functionNames()) {
    bundle(name, join(bundlesDirectory, name), join(directory, 'maps'));
  }
  const assembliesDirectory = join(directory, 'assemblies');
  mkdirSync(assembliesDirectory);
  return {
    postgresUrl: postgres.url,
    postgresLog: join(directory, 'postgres.log'),
    bundlesDirectory,
    assembliesDirectory,
    close: async () => {
      await postgres.close();
      await removeOwnDirectory(directory);
    },
  };
};

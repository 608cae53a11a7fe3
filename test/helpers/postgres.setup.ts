// One PostgreSQL server for the whole test run; every test file makes databases of its own on it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removePostgres } from '../../local/postgres/remove-postgres.ts';
import { startPostgres } from '../../local/postgres/start-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the superuser, in the database `postgres`. */
    postgresUrl: string;
    /** The file that the server logs into. */
    postgresLog: string;
  }
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const directory = mkdtempSync(join(tmpdir(), 'workspace-model-test-'));
  // Passable, so that under root the server's account can work right here.
  chmodSync(directory, 0o755);
  const postgres = await startPostgres({
    directory,
    durable: false,
    // A lock that a test forgets fails the next statement by itself, long before the time of its test is up.
    settings: ['lock_timeout=30s'],
  });
  project.provide('postgresUrl', postgres.url);
  project.provide('postgresLog', join(directory, 'postgres.log'));
  return async () => {
    await postgres.close();
    await removePostgres(directory);
    rmSync(directory, { recursive: true });
  };
};

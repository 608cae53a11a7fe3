// A directory for one test, which the account that runs PostgreSQL can enter under root, too.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres } from '../../local/postgres/remove-postgres.ts';

export const makeOwnDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'workspace-model-local-'));
  chmodSync(directory, 0o755);
  return directory;
};

/** With a server in it, if one is, and whatever a test has put there. */
export const removeOwnDirectory = async (directory: string): Promise<void> => {
  await removePostgres(directory).catch(() => {});
  rmSync(directory, { recursive: true, force: true });
};

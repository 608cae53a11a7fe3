// A directory of a test, or of a whole test run, in which a PostgreSQL server may keep its data.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgres } from '../../local/postgres/remove-postgres.ts';

/**
 * Linux' file system in memory. Each new database is some 300 files: to make them on ext4 takes a sixth of a test run's
 * processor time.
 */
const MEMORY = '/dev/shm';
/** Four times what a test run takes. */
const ENOUGH_BYTES = 2 * 2 ** 30;

const parentDirectory = (): string => {
  if (!existsSync(MEMORY)) {
    return tmpdir();
  }
  const { bavail, bsize } = statfsSync(MEMORY);
  // Under root, PostgreSQL's programs may be copied there, too.
  const runsPrograms = !/ \/dev\/shm \S+ \S*\bnoexec\b/.test(readFileSync('/proc/mounts', 'utf8'));
  return runsPrograms && bavail * bsize >= ENOUGH_BYTES ? MEMORY : tmpdir();
};

/** Under root, the account that runs PostgreSQL can enter it, too. */
export const makeOwnDirectory = (): string => {
  const directory = mkdtempSync(join(parentDirectory(), 'workspace-model-'));
  chmodSync(directory, 0o755);
  return directory;
};

/** With a server in it, if one is, and whatever a test has put there. */
export const removeOwnDirectory = async (directory: string): Promise<void> => {
  await removePostgres(directory).catch(() => {});
  rmSync(directory, { recursive: true, force: true });
};

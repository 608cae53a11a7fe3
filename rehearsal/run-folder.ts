// One folder for each rehearsal under .local/, and the removal of those that a killed one left behind.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { removePostgres } from '../local/postgres/remove-postgres.ts';

export const localFolder = join(projectRoot, '.local');

const RUNS = join(localFolder, 'rehearsal');

/** Named by this process, so that rehearsals at the same time do not meet. */
export const openRunFolder = async (): Promise<string> => {
  mkdirSync(RUNS, { recursive: true });
  for (const name of readdirSync(RUNS)) {
    if (!lives(Number(name))) {
      await removeRunFolder(join(RUNS, name));
    }
  }
  const folder = join(RUNS, String(process.pid));
  mkdirSync(folder);
  return folder;
};

export const postgresFolder = (folder: string): string => join(folder, 'postgres');

/** The logs of the last rehearsal that failed. */
export const keptLogs = join(localFolder, 'rehearsal-logs');

export const keepLogs = (folder: string): void => {
  rmSync(keptLogs, { recursive: true, force: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.log')) {
      cpSync(join(folder, name), join(keptLogs, name));
    }
  }
};

export const removeRunFolder = async (folder: string): Promise<void> => {
  await removePostgres(postgresFolder(folder));
  rmSync(folder, { recursive: true, force: true });
};

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
};

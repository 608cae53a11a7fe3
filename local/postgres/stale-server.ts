// A server that outlived the process which started it is found by its own pid file, and stopped.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf } from '../support/processes.ts';

const POLL_MS = 25;
const STOP_TIMEOUT_MS = 10_000;

/** Stops the server that runs on this data directory, if one does. */
export const stopStaleServer = async (data: string): Promise<void> => {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) {
    return;
  }

  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  // After a reboot the number may be anybody's, so the process has to name this very directory.
  if (Number.isInteger(pid) && pid > 1 && commandOf(pid).includes(data)) {
    // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
    await stop(pid, data, 'SIGINT').catch(() => stop(pid, data, 'SIGQUIT'));
  }
  rmSync(pidFile, { force: true });
};

const stop = async (pid: number, data: string, signal: NodeJS.Signals): Promise<void> => {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  process.kill(pid, signal);
  while (commandOf(pid).includes(data)) {
    if (performance.now() > deadline) {
      throw new Error(`PostgreSQL, process ${pid}, does not stop.`);
    }
    await wait(POLL_MS);
  }
};

// Facts about other processes: from /proc where there is one, since a minimal Linux has no `ps`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Program and arguments; empty for a process that has ended, also while nobody has collected its exit status yet, and for what is
 * no number of a process.
 */
export const commandOf = (pid: number): string => {
  if (!(pid > 0)) {
    return '';
  }
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return ps('command=', pid);
  } catch {
    return '';
  }
};

/** The process that started it, or the one that took its place when that one ended; 0 for a process that has ended. */
export const parentOf = (pid: number): number => {
  try {
    if (process.platform !== 'linux') {
      return Number(ps('ppid=', pid));
    }
    // The name in brackets may hold anything; state and parent follow the last bracket.
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

/** Without its complaints: of a process that has ended, it says so by its exit code, too. */
const ps = (field: string, pid: number): string =>
  execFileSync('ps', ['-o', field, '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

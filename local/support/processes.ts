// Facts about other processes: from /proc where there is one, since a minimal Linux has no `ps`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Program and arguments; empty for a process that has ended, also while nobody has collected its exit status yet. */
export const commandOf = (pid: number): string => {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

/** The process that started it, or the one that took its place when that one ended; 0 for a process that has ended. */
export const parentOf = (pid: number): number => {
  try {
    if (process.platform !== 'linux') {
      return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
    }
    // The name in brackets may hold anything; state and parent follow the last bracket.
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};

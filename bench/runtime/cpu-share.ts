// Gives a process a share of one CPU, as Lambda does from the first event on: by a quota of a control group where this account
// may make one, elsewhere by stopping and continuing the process by turns.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_MS = 20;

export interface CpuShare {
  /** How it is done, for the report. */
  means: string;
  /** Until what it returns is called. */
  limit: (pid: number) => () => void;
  close: () => void;
}

/** Where version 2 and version 1 of control groups keep the CPU's, and the files of a group that hold its quota. */
const HIERARCHIES = [
  {
    root: '/sys/fs/cgroup',
    marker: 'cgroup.controllers',
    quota: (runMs: number) => ({ 'cpu.max': `${runMs * 1_000} ${PERIOD_MS * 1_000}` }),
  },
  {
    root: '/sys/fs/cgroup/cpu',
    marker: 'cpu.cfs_quota_us',
    quota: (runMs: number) => ({
      'cpu.cfs_period_us': String(PERIOD_MS * 1_000),
      'cpu.cfs_quota_us': String(runMs * 1_000),
    }),
  },
];

/** @param share of one CPU, between 0 and 1 */
export const openCpuShare = (share: number): CpuShare => {
  const runMs = Math.round(PERIOD_MS * share * 10) / 10;
  return byControlGroup(runMs) ?? bySignals(runMs);
};

const byControlGroup = (runMs: number): CpuShare | undefined => {
  for (const { root, marker, quota } of HIERARCHIES.filter(({ root, marker }) =>
    existsSync(join(root, marker)),
  )) {
    const group = join(root, `workspace-model-bench-${process.pid}`);
    try {
      mkdirSync(group);
      for (const [file, value] of Object.entries(quota(runMs))) {
        writeFileSync(join(group, file), value);
      }
    } catch {
      continue;
    }
    return {
      means: `a quota of ${runMs} of each ${PERIOD_MS} ms (${marker === 'cgroup.controllers' ? 'cgroup 2' : 'cgroup 1'})`,
      limit: (pid) => {
        writeFileSync(join(group, 'cgroup.procs'), String(pid));
        return () => {};
      },
      // The last process may not have ended yet.
      close: () => process.once('exit', () => rmdirSync(group)),
    };
  }
  return undefined;
};

const bySignals = (runMs: number): CpuShare => ({
  means: `stopped for ${PERIOD_MS - runMs} of each ${PERIOD_MS} ms by signals`,
  limit: (pid) => {
    let timer: NodeJS.Timeout;
    const run = () => {
      process.kill(pid, 'SIGCONT');
      timer = setTimeout(stop, runMs);
    };
    const stop = () => {
      process.kill(pid, 'SIGSTOP');
      timer = setTimeout(run, PERIOD_MS - runMs);
    };
    run();
    return () => clearTimeout(timer);
  },
  close: () => {},
});

// One stack at a time in a state directory; one that was killed is no hindrance.
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf } from '../support/processes.ts';
import { StartError } from '../support/start-error.ts';
import type { State } from './state.ts';

const PID_FILE = 'stack.pid';
const TAKE_OVER_FILE = 'stack.pid.take-over';
/** As long as a stack needs to end after its parent has been killed. */
const CLAIM_TIMEOUT_MS = 5_000;

/** @throws StartError while another stack runs here */
export const claimDirectory = async (state: State, timeoutMs = CLAIM_TIMEOUT_MS): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while (!state.create(PID_FILE, String(process.pid))) {
    const other = runningStack(state);
    if (other === undefined && removeStaleClaim(state)) {
      continue;
    }
    if (Date.now() > deadline) {
      throw new StartError(
        other === undefined
          ? `A start that was killed has left ${state.path(TAKE_OVER_FILE)}. Remove it.`
          : `Process ${other} already runs here. End it, or set LOCAL_DIR to another directory.`,
      );
    }
    await wait(20);
  }
};

export const releaseDirectory = (state: State): void => state.remove(PID_FILE);

/**
 * Between a look and the removal another start may take the place of the stale claim, and its claim must stay. So only
 * who holds the take-over file removes one, after a second look: a claim that has stayed the same while its process was
 * seen to be gone is nobody's. False where another one holds that file.
 */
const removeStaleClaim = (state: State): boolean => {
  if (!state.create(TAKE_OVER_FILE, String(process.pid))) {
    return false;
  }
  try {
    const claim = state.read(PID_FILE);
    if (claim !== undefined && !isRunningStack(Number(claim)) && state.read(PID_FILE) === claim) {
      state.remove(PID_FILE);
    }
    return true;
  } finally {
    state.remove(TAKE_OVER_FILE);
  }
};

const runningStack = (state: State): number | undefined => {
  const pid = Number(state.read(PID_FILE));
  return isRunningStack(pid) ? pid : undefined;
};

/** PIDs are reused: so the process has to be a start, too. */
const isRunningStack = (pid: number): boolean => pid !== process.pid && commandOf(pid).includes('start.ts');

// One stack at a time in a state directory; one that was killed is no hindrance.
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf } from '../support/processes.ts';
import { StartError } from './start-error.ts';
import type { State } from './state.ts';

const PID_FILE = 'stack.pid';
/** As long as a stack needs to end after its parent has been killed. */
const PATIENCE_MS = 5_000;

/** @throws StartError while another stack runs here */
export const claimDirectory = async (state: State): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (let other = otherStack(state); other !== undefined; other = otherStack(state)) {
    if (Date.now() > deadline) {
      throw new StartError(
        `Process ${other} already runs here. End it, or set LOCAL_DIR to another directory.`,
      );
    }
    await wait(50);
  }
  state.write(PID_FILE, String(process.pid));
};

export const releaseDirectory = (state: State): void => state.remove(PID_FILE);

/** The number of a process that has ended may meanwhile be another's. */
const otherStack = (state: State): number | undefined => {
  const pid = Number(state.read(PID_FILE));
  return pid > 0 && pid !== process.pid && commandOf(pid).includes('start.ts') ? pid : undefined;
};

// A clock that a test moves on. Node's own mock reaches node:timers/promises, which vitest's does not.
import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, onTestFinished, vi } from 'vitest';

const STEP_MS = 50;

/** Stops the clock for the tests of a file or block. */
export const stopClock = (): void => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now());
    syncBuiltinESMExports();
  });
  afterEach(() => {
    mock.timers.reset();
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
};

/** Moves the clock on until `work` has ended, however that was; the milliseconds that it took. */
export const elapse = async (work: Promise<unknown>): Promise<number> => {
  const start = Date.now();
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  for (;;) {
    await nextTurn();
    if (ended) {
      return Date.now() - start;
    }
    mock.timers.tick(STEP_MS);
  }
};

/**
 * Lets the waits of a test's work last until the test ends them, while calls over the network go on as ever.
 * @returns what lets so many milliseconds pass for them
 */
export const holdWaits = (): ((ms: number) => void) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  syncBuiltinESMExports();
  onTestFinished(() => {
    mock.timers.reset();
    syncBuiltinESMExports();
  });
  return (ms) => mock.timers.tick(ms);
};

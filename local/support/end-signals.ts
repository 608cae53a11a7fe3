// Signals that ask a process to end: the first is answered in good order, a person's second one ends it at once.

/** Of a process that Ctrl-C has ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** One Ctrl-C may arrive twice: the terminal sends it to the whole group of processes, and npm passes its own on. */
const SAME_PRESS_MS = 1_000;

/** Calls `end` at the first of them. @returns what stops listening */
export const onEndSignal = (signals: readonly NodeJS.Signals[], end: () => void): (() => void) => {
  let firstAt: number | undefined;
  const listener = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      end();
    } else if (performance.now() - firstAt > SAME_PRESS_MS) {
      process.exit(INTERRUPTED_EXIT_CODE);
    }
  };
  for (const signal of signals) {
    process.on(signal, listener);
  }
  return () => {
    for (const signal of signals) {
      process.off(signal, listener);
    }
  };
};

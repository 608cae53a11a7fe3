// Ctrl-C.

/** Of a process that Ctrl-C has ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** Ctrl-C where something was asked. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

export type Stop = ReturnType<typeof stopOnInterrupt>;

/**
 * Ctrl-C is asked about after each write, or ends a wait by its signal; a second one ends the process.
 * @param words what the first one says
 */
export const stopOnInterrupt = (words = 'Stopping after what is under way …') => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ask = () => {
    if (signal.aborted) {
      process.exit(INTERRUPTED_EXIT_CODE);
    }
    stopping.abort();
    console.error(words);
  };
  process.on('SIGINT', ask);
  return {
    signal,
    get asked(): boolean {
      return signal.aborted;
    },
    /** Says that it was stopped, where it was. */
    end: (): void => {
      process.off('SIGINT', ask);
      if (signal.aborted) {
        console.error('Stopped as asked; the same command again goes on from there.');
        process.exitCode = INTERRUPTED_EXIT_CODE;
      }
    },
  };
};

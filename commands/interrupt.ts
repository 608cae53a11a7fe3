// Ctrl-C.
import { onEndSignal } from '../local/support/end-signals.ts';
import { EXIT_CODES } from './exit-codes.ts';

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
  const stopListening = onEndSignal(['SIGINT'], () => {
    stopping.abort();
    console.error(words);
  });
  return {
    signal,
    get asked(): boolean {
      return signal.aborted;
    },
    /** Says that it was stopped, where it was. */
    end: (): void => {
      if (!signal.aborted) {
        stopListening();
        return;
      }
      // It goes on to listen: the same Ctrl-C may still arrive by way of npm.
      console.error('Stopped as asked; the same command again goes on from there.');
      process.exitCode = EXIT_CODES.interrupted;
    },
  };
};

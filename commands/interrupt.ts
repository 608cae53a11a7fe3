// How a command that writes stops where it is asked to, by Ctrl-C or SIGTERM, and goes on where only its terminal is gone.
import { onEndSignal } from '../local/support/end-signals.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** Ctrl-C where something was asked. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

export type Stop = ReturnType<typeof stopOnInterrupt>;

/**
 * Ctrl-C is asked about after each write, or ends a wait by its signal; a second one ends the process. A terminal that
 * is closed asks for nothing: a fleet would stay half renamed until somebody is back.
 * @param words what the first one says
 */
export const stopOnInterrupt = (words = 'Stopping after what is under way …') => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopListening = onEndSignal(['SIGINT', 'SIGTERM'], () => {
    stopping.abort();
    console.error(words);
  });
  process.on('SIGHUP', goOn);
  return {
    signal,
    get asked(): boolean {
      return signal.aborted;
    },
    /** Says that it was stopped, where it was. */
    end: (): void => {
      if (!signal.aborted) {
        stopListening();
        process.off('SIGHUP', goOn);
        return;
      }
      // It goes on to listen: the same Ctrl-C may still arrive by way of npm.
      console.error('Stopped as asked; the same command again goes on from there.');
      process.exitCode = EXIT_CODES.interrupted;
    },
  };
};

/** Without a listener it would end the process. */
const goOn = (): void => {};

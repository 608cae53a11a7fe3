// Ends the process in good order on Ctrl-C, on SIGTERM, when the terminal closes, and when `npm` was killed.
import { onEndSignal } from '../support/end-signals.ts';
import type { Endings } from '../support/endings.ts';
import { watchLauncher } from './launcher.ts';

const LAUNCHER_POLL_MS = 500;

export const endWhenAsked = (endings: Endings): void => {
  const end = async (): Promise<void> => {
    await endings.run();
    process.exit(0);
  };
  // Asked twice, it does not insist on good order. PostgreSQL ends when this process does.
  onEndSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], end);
  const hasLauncher = watchLauncher();
  setInterval(() => hasLauncher() || end(), LAUNCHER_POLL_MS).unref();
};

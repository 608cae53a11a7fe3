// How a long command shows how far it is: a bar on a terminal, plain lines elsewhere.
import { Presets, SingleBar } from 'cli-progress';

/** Between plain lines. */
export const LINE_EVERY_MS = 5_000;

/** Not started yet. */
export const progressBar = (format: string): SingleBar => {
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  // A second Ctrl-C leaves no time for anything else, and the cursor is hidden.
  process.once('exit', () => bar.stop());
  return bar;
};

// The bar of a long command, on a terminal.
import { Presets, SingleBar } from 'cli-progress';

/** Not started yet. */
export const progressBar = (format: string): SingleBar => {
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  // A second Ctrl-C leaves no time for anything else, and the cursor is hidden.
  process.once('exit', () => bar.stop());
  return bar;
};

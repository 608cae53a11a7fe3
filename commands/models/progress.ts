// How far a change of many picks is: a bar on a terminal, plain lines elsewhere, nothing where JSON is asked for.
import { Presets, SingleBar } from 'cli-progress';
import type { Format } from './format.ts';

const LINE_EVERY_MS = 5_000;

export const progressLine = (format: Format, total: number) => {
  if (format !== 'text') {
    return { update: () => {}, end: () => {} };
  }
  if (process.stdout.isTTY) {
    const bar = new SingleBar(
      { format: '|{bar}| {value} of {total}', hideCursor: true, clearOnComplete: true, gracefulExit: false },
      Presets.shades_classic,
    );
    bar.start(total, 0);
    const end = () => bar.stop();
    // A second Ctrl-C leaves no time for anything else, and the cursor is hidden.
    process.once('exit', end);
    return { update: (done: number) => bar.update(done), end };
  }
  let lastAt = performance.now();
  return {
    update: (done: number) => {
      if (performance.now() - lastAt > LINE_EVERY_MS) {
        lastAt = performance.now();
        console.log(`${done} of ${total}`);
      }
    },
    end: () => {},
  };
};

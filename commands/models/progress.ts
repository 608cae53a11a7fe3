// How far a change of many picks is: a bar on a terminal, plain lines elsewhere, nothing where JSON is asked for.
import { LINE_EVERY_MS, progressBar } from '../../local/support/progress-bar.ts';
import type { Format } from './format.ts';

export const progressLine = (format: Format, total: number) => {
  if (format !== 'text') {
    return { update: () => {}, end: () => {} };
  }
  if (process.stdout.isTTY) {
    const bar = progressBar('|{bar}| {value} of {total}');
    bar.start(total, 0);
    return { update: (done: number) => bar.update(done), end: () => bar.stop() };
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

// Which measurement is under way and how far: a bar on a terminal, a plain line each elsewhere. On the error stream,
// for the output is the result.
import { progressBar } from '../../local/support/progress-bar.ts';

const FORMAT = '{title} |{bar}| {percentage}%';

export interface Progress {
  begin: (title: string) => void;
  update: (done: number, of: number) => void;
  end: () => void;
}

export const showProgress = (): Progress => (process.stderr.isTTY ? bar() : lines());

const bar = (): Progress => {
  const single = progressBar(FORMAT);
  return {
    begin: (title) => single.start(1, 0, { title }),
    update: (done, of) => {
      single.setTotal(of);
      single.update(done);
    },
    end: () => single.stop(),
  };
};

const lines = (): Progress => ({
  begin: (title) => console.error(`${title} …`),
  update: () => {},
  end: () => {},
});

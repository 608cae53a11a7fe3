// How far a run is: a bar on a terminal, plain lines elsewhere, nothing where JSON is asked for.
import type { RunProgress } from '../../functions/migration/run.ts';
import { LINE_EVERY_MS, progressBar } from '../../local/support/progress-bar.ts';

const FORMAT = '{title} |{bar}| {percentage}% | {rows} rows | {rate} rows/s | {left} left';

export interface ProgressDisplay {
  update: (progress: RunProgress) => void;
  end: () => void;
}

export const progressDisplay = (json: boolean): ProgressDisplay => {
  if (json) {
    return { update: () => {}, end: () => {} };
  }
  return process.stdout.isTTY ? bar() : lines();
};

const bar = (): ProgressDisplay => {
  const single = progressBar(FORMAT);
  const measure = measureSteps();
  let isStarted = false;
  return {
    update: (progress) => {
      const total = Math.max(progress.endPage, 1);
      const shown = { title: titleOf(progress), ...measure(progress) };
      // What is waited for before there is any progress is said on lines of their own.
      if (!isStarted) {
        isStarted = true;
        single.start(total, progress.page, shown);
      }
      single.setTotal(total);
      single.update(progress.page, shown);
    },
    end: () => single.stop(),
  };
};

const lines = (): ProgressDisplay => {
  const measure = measureSteps();
  let title = '';
  let nextLineAt = 0;
  return {
    update: (progress) => {
      const { rows, rate, left } = measure(progress);
      if (titleOf(progress) === title && Date.now() < nextLineAt) {
        return;
      }
      title = titleOf(progress);
      nextLineAt = Date.now() + LINE_EVERY_MS;
      // Only a walk has pages; every other step is one statement.
      const walked = `: page ${progress.page} of ${progress.endPage}, ${rows} rows, ${rate} rows/s, ${left} left`;
      console.log(`${title}${progress.endPage === 0 ? '' : walked}`);
    },
    end: () => {},
  };
};

const titleOf = ({ version, state, step, steps, leftLocked }: RunProgress): string =>
  `${version} ${state} step ${step + 1}/${steps}${leftLocked > 0 ? ` (${leftLocked} rows locked by others)` : ''}`;

/** Rows, rate and time left of the current pass, measured since the command began to watch it. */
const measureSteps = () => {
  let pass = '';
  let since = { at: 0, page: 0, changed: 0 };
  return (progress: RunProgress) => {
    const now = Date.now();
    const thisPass = `${progress.version} ${progress.state} ${progress.step} ${progress.passes}`;
    if (thisPass !== pass) {
      [pass, since] = [thisPass, { at: now, page: progress.page, changed: progress.changed }];
    }

    const seconds = Math.max((now - since.at) / 1_000, 0.001);
    const pagesPerSecond = (progress.page - since.page) / seconds;
    const pagesLeft = progress.endPage - progress.page;
    return {
      rows: progress.changed,
      rate: Math.round((progress.changed - since.changed) / seconds),
      left: pagesPerSecond > 0 ? `${Math.ceil(pagesLeft / pagesPerSecond)} s` : '?',
    };
  };
};

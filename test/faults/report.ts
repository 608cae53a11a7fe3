// docs/faults.md, made of what was tried.
import { describeTimes } from './faults.ts';
import type { FaultTrial } from './meet-fault.ts';
import { operations } from './operations.ts';
import type { Tried } from './try-fault.ts';

export interface Row extends FaultTrial {
  asked: Asked;
  tried: Tried;
}

/** The columns. */
const ASKED = [...operations, 'migrate'] as const;
type Asked = (typeof ASKED)[number];

/** Bounds in seconds that a duration is told by, so that the page does not change with the weather. */
const BOUNDS = [1, 2, 4, 7, 10, 15, 20, 25, 30, 60, 200, 900];

export const faultsDocument = (
  trials: readonly FaultTrial[],
  rows: readonly Row[],
): string => `# What each fault is answered with

\`npm run test:exhaustive\` writes this page from what it has tried: each operation, on a workspace with a pick, under each
fault of one call (once), of all (always), or of all in so many seconds. A cell has the answer, the calls that were made to
what failed, how long it took at most, and what became of the pick where it changed. Whatever the fault, a request ends within
30 s, a pick is changed wholly or not at all and never after the answer, and the next request is answered as if nothing had
been.

The last column is the migration of a deploy, over 30 workspaces; the fault begins with its first step. A deploy waits where a
request would be answered 503: for a resuming or unreachable cluster three minutes, for a lock two, for fifty conflicts in a
row. Then it fails with MigrationFailedError; what is refused fails it at once, with DatabaseSetupError where a name or a right
has to be mended; Secrets Manager is waited for in the first minute, and without the key nothing is changed. Whatever the
fault, it ends within 15 minutes, each workspace keeps its pick, and the next deploy goes on from there: tried after each.

## The Data API

${tableOf(trials, rows, 'the Data API')}

## Secrets Manager

The functions begin without a key. A clear needs none.

${tableOf(trials, rows, 'Secrets Manager')}
`;

const tableOf = (trials: readonly FaultTrial[], rows: readonly Row[], service: FaultTrial['on']): string => {
  const lines = trials
    .filter(({ on }) => on === service)
    .map(({ faultCase, times }) => {
      const ofTrial = rows.filter(
        (row) => row.on === service && row.faultCase === faultCase && row.times === times,
      );
      const cells = ASKED.map((asked) => cellOf(ofTrial.find((row) => row.asked === asked)));
      return `| ${faultCase.name} | ${describeTimes(times)} | ${cells.join(' | ')} |`;
    });
  return [
    `| fault | | ${ASKED.join(' | ')} |`,
    `|---|---|${ASKED.map(() => '---').join('|')}|`,
    ...lines,
  ].join('\n');
};

const cellOf = (row: Row | undefined): string => {
  if (row === undefined) {
    return '';
  }
  const { shown, attempts, durationMs, changed } = row.tried;
  const bound = BOUNDS.find((seconds) => durationMs <= seconds * 1_000) ?? 900;
  return `${shown}; ${attempts}; ${bound} s${changed === '' ? '' : `; ${changed}`}`;
};

// docs/faults.md, made of what was tried.
import type { FaultCase } from './faults.ts';
import { type OperationName, operations } from './operations.ts';
import type { Trial, Tried } from './try-fault.ts';

export interface Row extends Trial {
  tried: Tried;
}

/** Bounds in seconds that a duration is told by, so that the page does not change with the weather. */
const BOUNDS = [1, 2, 4, 7, 10, 15, 20, 25, 30];

export const faultsDocument = (rows: readonly Row[]): string => `# What each fault is answered with

\`npm run test:exhaustive\` writes this page from what it has tried: each operation, on a workspace with a pick, under each
fault of one call (once) or of all (always). A cell has the answer, the calls that were made to what failed, how long it took
at most, and what became of the pick where it changed. Whatever the fault, a request ends within 30 s, a pick is changed
wholly or not at all and never after the answer, and the next request is answered as if nothing had been.

## The Data API

${tableOf(rows, 'the Data API')}

## Secrets Manager

The functions begin without a key. A clear needs none, nor does a provisioning whose request names the model.

${tableOf(rows, 'Secrets Manager')}

## The migration

A deploy waits where a request would be answered 503: for a resuming or unreachable cluster three minutes, for a lock two,
for fifty conflicts in a row. Then it fails with MigrationFailedError; what is refused fails it at once, with DatabaseSetupError
where a name or a right has to be mended. Either way the next deploy goes on from there.
`;

const tableOf = (rows: readonly Row[], on: Trial['on']): string => {
  const ofService = rows.filter((row) => row.on === on);
  const names = [...new Set(ofService.map(({ faultCase }) => faultCase.name))];
  const lines = names.flatMap((name) =>
    (['once', 'always'] as const).map((times) => {
      const cells = operations.map((operation) => cellOf(ofService, name, times, operation));
      return `| ${name} | ${times} | ${cells.join(' | ')} |`;
    }),
  );
  return [
    `| fault | | ${operations.join(' | ')} |`,
    `|---|---|${operations.map(() => '---').join('|')}|`,
    ...lines,
  ].join('\n');
};

const cellOf = (
  rows: readonly Row[],
  name: FaultCase['name'],
  times: string,
  operation: OperationName,
): string => {
  const found = rows.find(
    (row) => row.faultCase.name === name && row.times === times && row.operation === operation,
  );
  if (found === undefined) {
    return '';
  }
  const { shown, attempts, durationMs, pick } = found.tried;
  const bound = BOUNDS.find((seconds) => durationMs <= seconds * 1_000) ?? 30;
  return `${shown}; ${attempts}; ${bound} s${pick === 'kept' ? '' : `; ${pick}`}`;
};

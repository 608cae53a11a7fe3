// What reencrypt prints: its counts, and whether the previous key may be removed.
import type { ReencryptBatch } from '../../functions/database/reencrypt.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { count, type Format, printJson } from './format.ts';

export type Totals = Omit<ReencryptBatch, 'table'>;

export const NOTHING: Totals = {
  looked: 0,
  changed: 0,
  skipped: 0,
  kept: 0,
  unreadable: 0,
  unmovable: 0,
  others: 0,
  legacy: 0,
};

export const withBatch = (totals: Totals, batch: Totals): Totals => ({
  looked: totals.looked + batch.looked,
  changed: totals.changed + batch.changed,
  skipped: totals.skipped + batch.skipped,
  kept: totals.kept + batch.kept,
  unreadable: totals.unreadable + batch.unreadable,
  unmovable: totals.unmovable + batch.unmovable,
  others: totals.others + batch.others,
  legacy: totals.legacy + batch.legacy,
});

export const say = (format: Format, ...lines: string[]): void => {
  if (format === 'text') {
    console.log(lines.join('\n'));
  }
};

/** A line for each kind of value that the command leaves as it is. */
export interface Left {
  /** Of those that may need the previous key. */
  reasons: readonly string[];
  /** Of those that need no key. */
  notes: readonly string[];
}

/** @param stack what names it in a command line */
export const leftOf = ({ kept, unreadable, unmovable, others, legacy }: Totals, stack: string): Left => {
  const where =
    `left as they are: picks, whose workspaces "npm run models -- audit${stack}" names, entries of the history, or rows that ` +
    'the rename superseded';
  const reasons: [number, string][] = [
    [
      kept,
      `${count(kept, 'value')} that a trigger of the platform's keeps from being written. The previous key opens them: let the trigger ` +
        'pass a change of encrypted_value, then run this again.',
    ],
    [
      unmovable,
      `${count(unmovable, 'encrypted value')} too long for a pick, of an unknown encryption_version or no text, and ${where}. ` +
        'The previous key may open them.',
    ],
    [
      others,
      `${count(others, 'encrypted row')} of other keys in workspace_secrets, which this command does not move: where this key ` +
        'encrypted them, the platform has to move them before the previous key goes.',
    ],
    [
      legacy,
      `${count(legacy, 'encrypted pick')} under MODEL_PROVIDER, which this command does not move: run "npm run migrate -- up${stack}" first.`,
    ],
  ];
  const notes: [number, string][] = [
    [
      unreadable,
      `${count(unreadable, 'value')} opened by neither key, or in plain bytes that are no pick, and ${where}. No key helps them.`,
    ],
  ];
  return { reasons: linesOf(reasons), notes: linesOf(notes) };
};

const linesOf = (lines: readonly [number, string][]): string[] =>
  lines.flatMap(([rows, line]) => (rows > 0 ? [line] : []));

/** After the first look alone, which says nothing about the previous key: functions may still write with it. */
export const reportUnchanged = (wanted: Totals, hasPreviousKey: boolean, format: Format): void => {
  if (format === 'json') {
    printJson({ ...wanted, changed: 0, wouldChange: wanted.changed });
    return;
  }
  const further = hasPreviousKey
    ? 'Run it with --yes to learn, after 90 s, whether the previous key may be removed.'
    : 'There is no previous key.';
  say(format, `Nothing was changed. ${further}`);
};

/** After a last pass that found nothing to do. */
export const reportMoved = (moved: Totals, { reasons, notes }: Left, format: Format): void => {
  const previousKeyMayBeRemoved = reasons.length === 0;
  if (!previousKeyMayBeRemoved) {
    process.exitCode = EXIT_CODES.found;
  }
  if (format === 'json') {
    printJson({ ...moved, previousKeyMayBeRemoved });
    return;
  }
  const verdict = previousKeyMayBeRemoved
    ? 'The previous key may be removed: nothing needs it any more.'
    : 'The previous key has to stay for now.';
  say(format, `${count(moved.changed, 'value')} encrypted anew. ${verdict}`, ...reasons, ...notes);
};

/** Where there is no previous key, or the command was stopped. */
export const reportCounts = (moved: Totals, format: Format): void => {
  if (format === 'json') {
    printJson(moved);
    return;
  }
  say(format, `${count(moved.changed, 'value')} encrypted anew.`);
};

// Changes to many picks: shown first, asked for, and written over nothing but what was shown.
import type { ModelClient } from '../../client/client.ts';
import { visible } from '../../local/support/visible.ts';
import { UsageError } from '../command.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { isYes } from './ask.ts';
import { type Found, isChange, REFUSED_EXIT_CODE, SHOWN, Skips } from './changes.ts';
import { count, type Format, printJson } from './format.ts';
import { writeChanges } from './write-changes.ts';

export interface MendOptions {
  format: Format;
  dryRun: boolean;
  yes: boolean;
}

/** @param find looks anew each time: once to show, once to write */
export const mend = async (
  client: ModelClient,
  find: () => AsyncGenerator<Found>,
  { format, dryRun, yes }: MendOptions,
): Promise<void> => {
  const preview = await lookAt(find, format);
  const writes = preview.changes + preview.refused;
  const isToBeDone = !dryRun && writes > 0 && (yes || (await isAgreed(writes)));
  if (isToBeDone) {
    return write(client, find, { format, total: writes + preview.skips.total });
  }
  if (preview.refused > 0) {
    process.exitCode = REFUSED_EXIT_CODE;
  }
  if (format === 'json') {
    const { changes, refused, skips } = preview;
    printJson({
      changed: 0,
      wouldChange: changes,
      wouldBeRefused: refused,
      skipped: skips.total,
      skippedBecause: skips.byReason,
    });
  }
};

const lookAt = async (find: () => AsyncGenerator<Found>, format: Format) => {
  const preview = { changes: 0, refused: 0, skips: new Skips() };
  let looked = 0;
  for await (const found of find()) {
    if (!isChange(found)) {
      preview.skips.add(found.reason);
    } else if (found.refusal === undefined) {
      preview.changes += 1;
    } else {
      preview.refused += 1;
    }
    looked += 1;
    if (format === 'text' && looked <= SHOWN) {
      console.log(visible(lineOf(found)));
    }
  }
  if (format === 'text') {
    printSummary(preview, looked - SHOWN);
  }
  return preview;
};

const printSummary = (
  { changes, refused, skips }: { changes: number; refused: number; skips: Skips },
  more: number,
): void => {
  if (more > 0) {
    console.log(`… and ${more.toLocaleString('en')} more`);
  }
  const others = [
    ...(refused > 0 ? [`${refused.toLocaleString('en')} would be refused`] : []),
    ...(skips.total > 0 ? [`${skips}`] : []),
  ];
  console.log(`${[`${count(changes, 'pick')} would change`, ...others].join(', ')}.`);
};

const lineOf = (found: Found): string => {
  const line = `${found.workspaceId}  ${found.name}  `;
  if (!isChange(found)) {
    return `${line}skipped: ${found.reason}`;
  }
  const refusal = found.refusal === undefined ? '' : `  would be refused: ${found.refusal}`;
  return `${line}${found.from || '(none)'} → ${found.to || '(none)'}${refusal}`;
};

/**
 * Asked on stderr, as stdout may hold JSON.
 * @throws UsageError where nobody is there to be asked, InterruptedError at Ctrl-C
 */
export const isAgreed = async (changes: number): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      'Nobody can be asked here. Add --yes to change them, or --dry-run to see them only.',
    );
  }
  const agreed = await isYes(`Change ${count(changes, 'pick')}? [y/N] `, process.stdin, process.stderr);
  if (!agreed) {
    console.error('Nothing was changed.');
  }
  return agreed;
};

const write = async (
  client: ModelClient,
  find: () => AsyncGenerator<Found>,
  { format, total }: { format: Format; total: number },
): Promise<void> => {
  const stop = stopOnInterrupt();
  try {
    await writeChanges(client, find(), { total, format, isStopped: () => stop.asked });
  } finally {
    stop.end();
  }
};

// Changes to many picks: shown first, asked for, and written over nothing but what was shown.
import { visible } from '../../local/support/visible.ts';
import { UsageError } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { isYes } from './ask.ts';
import { type Change, type Found, isChange, SHOWN, Skips } from './changes.ts';
import { count, type Format, printJson } from './format.ts';
import type { RepeatingClient } from './repeating-client.ts';
import { writeChanges } from './write-changes.ts';

export interface MendOptions {
  format: Format;
  dryRun: boolean;
  yes: boolean;
}

export const mend = async (
  client: RepeatingClient,
  all: AsyncGenerator<Found>,
  { format, dryRun, yes }: MendOptions,
): Promise<void> => {
  const preview = await lookAt(all, format);
  const { changes, refused, skips } = preview;
  const isToBeDone = !dryRun && changes.length > 0 && (yes || (await isAgreed(changes.length)));
  if (isToBeDone) {
    return write(client, preview, format);
  }
  if (refused > 0) {
    process.exitCode = EXIT_CODES.failed;
  }
  if (format === 'json') {
    printJson({
      changed: 0,
      wouldChange: changes.length - refused,
      wouldBeRefused: refused,
      skipped: skips.total,
      skippedBecause: skips.byReason,
    });
  }
};

interface Preview {
  /** Each with the condition that it is as it was shown: a million take 250 MB. */
  changes: Change[];
  /** How many of them the API would refuse, as far as that is known. */
  refused: number;
  skips: Skips;
}

const lookAt = async (all: AsyncGenerator<Found>, format: Format): Promise<Preview> => {
  const preview: Preview = { changes: [], refused: 0, skips: new Skips() };
  let looked = 0;
  for await (const found of all) {
    if (isChange(found)) {
      preview.changes.push(found);
      preview.refused += found.refusal === undefined ? 0 : 1;
    } else {
      preview.skips.add(found.reason);
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

const printSummary = ({ changes, refused, skips }: Preview, more: number): void => {
  if (more > 0) {
    console.log(`… and ${more.toLocaleString('en')} more`);
  }
  const others = [
    ...(refused > 0 ? [`${refused.toLocaleString('en')} would be refused`] : []),
    ...(skips.total > 0 ? [`${skips}`] : []),
  ];
  console.log(`${[`${count(changes.length - refused, 'pick')} would change`, ...others].join(', ')}.`);
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
      'There is no terminal to ask on. Add --yes to change the picks, or --dry-run only to see them.',
    );
  }
  const agreed = await isYes(`Change ${count(changes, 'pick')}? [y/N] `, process.stdin, process.stderr);
  if (!agreed) {
    console.error('Nothing was changed.');
  }
  return agreed;
};

const write = async (client: RepeatingClient, { changes, skips }: Preview, format: Format): Promise<void> => {
  const stop = stopOnInterrupt();
  try {
    await writeChanges(client, changes, { skips, format, stop });
  } finally {
    stop.end();
  }
};

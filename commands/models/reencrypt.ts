// reencrypt: every stored value to the current encryption key, pass after pass, until one has nothing left to do.
import { setTimeout as wait } from 'node:timers/promises';
import { type ReencryptBatch, reencrypt } from '../../functions/database/reencrypt.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { type KeyVersions, readKeyVersions } from '../../functions/secrets/key-versions.ts';
import { ownerOf, type Target, useSecretsOf } from '../endpoints.ts';
import { count, type Format, printJson } from './format.ts';
import { isAgreed, type MendOptions, stopOnInterrupt } from './mend.ts';

const INTERRUPTED_EXIT_CODE = 130;
const LINE_EVERY_MS = 5_000;

const COUNTS = ['looked', 'changed', 'skipped', 'unreadable', 'others', 'legacy'] as const;
type Totals = Omit<ReencryptBatch, 'table'>;

export const reencryptAll = async (target: Target, { format, dryRun, yes }: MendOptions): Promise<void> => {
  useSecretsOf(target);
  const keys = await readKeyVersions(target.encryptionKeySecretArn);
  const execute = retrying(ownerOf(target), 'reencrypt');
  const stop = stopOnInterrupt();
  const pass = (isDry: boolean) =>
    onePass(reencrypt(execute, { keys, dryRun: isDry }), format, () => stop.asked);

  const wanted = await pass(true);
  if (format === 'text') {
    console.log(
      `${count(wanted.looked, 'value')} looked at; ${wanted.changed} would be encrypted with the current key.`,
    );
    tellUnreadable(wanted);
  }
  const isToBeDone = !dryRun && wanted.changed > 0 && (yes || (await isAgreed(wanted.changed)));
  if (!isToBeDone) {
    stop.end();
    return end(format, { ...wanted, changed: 0, wouldChange: wanted.changed }, stop.asked);
  }

  await untilSettled(keys, format);
  let changed = 0;
  let last: Totals;
  do {
    last = await pass(false);
    changed += last.changed;
  } while (!stop.asked && last.changed + last.skipped > 0);
  stop.end();
  return end(format, { ...last, changed }, stop.asked);
};

/** Until then a function may still write with the key before, into a part of the fleet that a pass has finished. */
const untilSettled = async ({ previous, settledAt }: KeyVersions, format: Format): Promise<void> => {
  const ms = previous === undefined ? 0 : settledAt.getTime() - Date.now();
  if (ms <= 0) {
    return;
  }
  if (format === 'text') {
    console.log(
      `The key is new: waiting ${Math.ceil(ms / 1_000)} s until no function writes with the one before …`,
    );
  }
  await wait(ms);
};

const onePass = async (
  batches: AsyncGenerator<ReencryptBatch>,
  format: Format,
  isStopped: () => boolean,
): Promise<Totals> => {
  const totals: Totals = { looked: 0, changed: 0, skipped: 0, unreadable: 0, others: 0, legacy: 0 };
  let saidAt = performance.now();
  for await (const batch of batches) {
    for (const name of COUNTS) {
      totals[name] += batch[name];
    }
    if (format === 'text' && performance.now() - saidAt > LINE_EVERY_MS) {
      saidAt = performance.now();
      console.log(
        `${batch.table}: ${totals.looked} values looked at, ${totals.changed} to change or changed`,
      );
    }
    if (isStopped()) {
      break;
    }
  }
  return totals;
};

const tellUnreadable = ({ unreadable }: Totals): void => {
  if (unreadable > 0) {
    console.log(
      `${count(unreadable, 'value')} opened by neither key or no text, and left as they are: "audit" names their workspaces.`,
    );
  }
};

const end = (format: Format, totals: Totals & { wouldChange?: number }, isStopped: boolean): void => {
  if (format === 'json') {
    printJson(totals);
  } else if (isStopped) {
    console.error('Stopped as asked; the same command again goes on from there.');
  } else if (totals.wouldChange === undefined) {
    console.log(
      `${count(totals.changed, 'value')} encrypted anew. The key before may go: nothing needs it any more.`,
    );
  } else if (totals.wouldChange === 0) {
    console.log('All values are encrypted with the current key. The key before may go.');
  }
  if (isStopped) {
    process.exitCode = INTERRUPTED_EXIT_CODE;
  }
};

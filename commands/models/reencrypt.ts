// reencrypt: every stored value to the current encryption key, pass after pass, until one has nothing left to do.
//
// That the previous key may be removed is said only after such a pass which began 90 s after this command has read the key, and
// with the key still the same: until then a function may write with the previous one, also where nothing is to be moved yet.
import { setTimeout as wait } from 'node:timers/promises';
import { type ReencryptBatch, reencrypt } from '../../functions/database/reencrypt.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { type KeyVersions, readKeyVersions } from '../../functions/secrets/key-versions.ts';
import { LINE_EVERY_MS } from '../../local/support/progress-bar.ts';
import { type Stop, stopOnInterrupt } from '../interrupt.ts';
import { describeTarget, ownerOf, stackOption, type Target, useSecretsOf } from '../target.ts';
import { count, type Format } from './format.ts';
import { isAgreed, type MendOptions } from './mend.ts';
import {
  leftOf,
  NOTHING,
  reportCounts,
  reportMoved,
  reportUnchanged,
  say,
  type Totals,
  withBatch,
} from './reencrypt-report.ts';

/** Between passes that only meet what others have locked. */
const LOCKED_WAIT_MS = 1_000;

const REPLACED = 'The key was replaced meanwhile. Run this again, before it is replaced once more.';

type Pass = (isDry: boolean) => Promise<Totals>;

export const reencryptAll = async (target: Target, options: MendOptions): Promise<void> => {
  useSecretsOf(target);
  const { format } = options;
  const keys = await readKeyVersions(target.encryptionKeySecretArn);
  const execute = retrying(ownerOf(target), 'reencrypt');
  const stop = stopOnInterrupt();
  const pass: Pass = (isDry) => onePass(reencrypt(execute, { keys, dryRun: isDry }), format, stop);
  try {
    const wanted = await pass(true);
    const { reasons, notes } = leftOf(wanted, stackOption(target));
    say(
      format,
      `${count(wanted.looked, 'value')} of ${describeTarget(target)} looked at; ${wanted.changed} would be encrypted with the current key.`,
      ...reasons,
      ...notes,
    );
    if (stop.asked || !(await isToBeDone(wanted, keys, options))) {
      reportUnchanged(wanted, keys.previous !== undefined, format);
      return;
    }
    await untilSettled(keys, format, stop);
    // Once stopped, a pass ends behind its first batch.
    const moved = await untilAllMoved(pass, format, stop);
    if (stop.asked || keys.previous === undefined) {
      reportCounts(moved, format);
      return;
    }
    const { id } = await readKeyVersions(target.encryptionKeySecretArn);
    const left = leftOf(moved, stackOption(target));
    reportMoved(moved, id === keys.id ? left : { ...left, reasons: [...left.reasons, REPLACED] }, format);
  } finally {
    stop.end();
  }
};

/** With --yes also where nothing is to be moved yet: it is the further look that shows whether the previous key may be removed. */
const isToBeDone = async (
  { changed }: Totals,
  { previous }: KeyVersions,
  { dryRun, yes }: MendOptions,
): Promise<boolean> => {
  if (dryRun) {
    return false;
  }
  return yes ? changed > 0 || previous !== undefined : changed > 0 && isAgreed(changed);
};

const untilSettled = async (
  { previous, settledAt }: KeyVersions,
  format: Format,
  stop: Stop,
): Promise<void> => {
  const ms = previous === undefined ? 0 : settledAt - performance.now();
  if (ms > 0) {
    say(format, `Waiting ${Math.ceil(ms / 1_000)} s, until no function writes with the previous key …`);
    await pause(ms, stop);
  }
};

const untilAllMoved = async (pass: Pass, format: Format, stop: Stop): Promise<Totals> => {
  let last = NOTHING;
  let changed = 0;
  do {
    if (last.skipped > 0 && last.changed === 0) {
      const values = count(last.skipped, 'value');
      say(format, `${values} locked by others or saved meanwhile: looking again in 1 s …`);
      await pause(LOCKED_WAIT_MS, stop);
    }
    last = await pass(false);
    changed += last.changed;
  } while (!stop.asked && last.changed + last.skipped > 0);
  return { ...last, changed };
};

/** Ctrl-C ends it, and nothing else makes it fail. */
const pause = (ms: number, { signal }: Stop): Promise<void> =>
  wait(ms, undefined, { signal }).catch(() => {});

const onePass = async (
  batches: AsyncGenerator<ReencryptBatch>,
  format: Format,
  stop: Stop,
): Promise<Totals> => {
  let totals = NOTHING;
  let saidAt = performance.now();
  for await (const batch of batches) {
    totals = withBatch(totals, batch);
    if (performance.now() - saidAt > LINE_EVERY_MS) {
      saidAt = performance.now();
      say(
        format,
        `${batch.table}: ${totals.looked} values looked at, ${totals.changed} to change or changed`,
      );
    }
    if (stop.asked) {
      break;
    }
  }
  return totals;
};

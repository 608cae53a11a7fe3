// Writes changes, each on its condition, and reports what became of them.
import { ApiError } from '../../client/client.ts';
import { visible } from '../../local/support/visible.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Stop } from '../interrupt.ts';
import { type Change, GONE, SHOWN, type Skipped, type Skips } from './changes.ts';
import { count, type Format, printJson } from './format.ts';
import { progressLine } from './progress.ts';
import type { RepeatingClient } from './repeating-client.ts';

const AT_ONCE = 8;

interface Written {
  changed: number;
  skips: Skips;
  refusals: Skipped[];
}

interface Outcome {
  outcome: 'changed' | 'skipped' | 'refused';
  reason: string;
}

/** @param skips what was skipped already, for the report */
export const writeChanges = async (
  client: RepeatingClient,
  changes: readonly Change[],
  { skips, format, stop }: { skips: Skips; format: Format; stop: Stop },
): Promise<void> => {
  const progress = progressLine(format, changes.length);
  const written: Written = { changed: 0, skips, refusals: [] };
  let done = 0;
  let hasFailed = false;
  const queue = changes.values();
  const work = async () => {
    for (const change of queue) {
      if (hasFailed || stop.asked) {
        return;
      }
      note(written, change, await writeOne(client, change, stop.signal));
      done += 1;
      progress.update(done);
    }
  };
  // Where one write fails, those that are under way come to their end, and are counted.
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error) => {
      hasFailed = true;
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  progress.end();
  report(written, format);
  await Promise.all(workers);
};

const note = (written: Written, { workspaceId, name }: Change, { outcome, reason }: Outcome): void => {
  if (outcome === 'changed') {
    written.changed += 1;
  } else if (outcome === 'skipped') {
    written.skips.add(reason);
  } else {
    written.refusals.push({ workspaceId, name, reason });
  }
};

const CHANGED = 'PICK_CHANGED';

const SKIPPED = new Map([
  [CHANGED, 'changed meanwhile'],
  [GONE.code, GONE.reason],
]);

const writeOne = async (
  client: RepeatingClient,
  { workspaceId, to, condition }: Change,
  signal: AbortSignal,
): Promise<Outcome> => {
  const send = async (mayBeDone: boolean) => {
    try {
      await (to === '' ? client.clear(workspaceId, condition) : client.set(workspaceId, to, condition));
    } catch (error) {
      // The change that the condition finds may be that of the try before.
      const mayBeOurs = mayBeDone && error instanceof ApiError && error.code === CHANGED;
      if (!mayBeOurs || (await client.get(workspaceId)).model !== to) {
        throw error;
      }
    }
  };
  try {
    await client.write(send, signal);
    return { outcome: 'changed', reason: '' };
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    const skipped = SKIPPED.get(error.code);
    if (skipped !== undefined) {
      return { outcome: 'skipped', reason: skipped };
    }
    if (error.status === 422) {
      return { outcome: 'refused', reason: error.message };
    }
    throw error;
  }
};

const report = ({ changed, skips, refusals }: Written, format: Format): void => {
  const refused = refusals.length;
  if (refused > 0) {
    process.exitCode = EXIT_CODES.failed;
  }
  if (format === 'json') {
    printJson({ changed, skipped: skips.total, skippedBecause: skips.byReason, refused, refusals });
    return;
  }
  for (const { workspaceId, name, reason } of refusals.slice(0, SHOWN)) {
    console.log(visible(`refused  ${workspaceId}  ${name}  ${reason}`));
  }
  console.log(`${count(changed, 'pick')} changed, ${skips}, ${refused.toLocaleString('en')} refused.`);
};

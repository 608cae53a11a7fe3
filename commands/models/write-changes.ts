// Writes changes, each on its condition, and reports what became of them.
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type ModelClient } from '../../client/client.ts';
import { visible } from '../../local/support/visible.ts';
import {
  type Change,
  type Found,
  isChange,
  REFUSED_EXIT_CODE,
  SHOWN,
  type Skipped,
  Skips,
} from './changes.ts';
import { count, type Format, printJson } from './format.ts';
import { progressLine } from './progress.ts';

const AT_ONCE = 8;
const MAX_TRIES = 5;

interface Written {
  changed: number;
  skips: Skips;
  refusals: Skipped[];
}

/** @param total for the progress */
export const writeChanges = async (
  client: ModelClient,
  found: AsyncGenerator<Found>,
  { total, format, isStopped }: { total: number; format: Format; isStopped: () => boolean },
): Promise<void> => {
  const progress = progressLine(format, total);
  const written: Written = { changed: 0, skips: new Skips(), refusals: [] };
  let hasFailed = false;
  const isEnded = () => hasFailed || isStopped();
  const work = async () => {
    for (let next = await found.next(); next.done !== true && !isEnded(); next = await found.next()) {
      await note(client, next.value, written);
      progress.update(written.changed + written.skips.total + written.refusals.length);
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

const note = async (client: ModelClient, found: Found, written: Written): Promise<void> => {
  const { outcome, reason } = isChange(found)
    ? await writeOne(client, found)
    : { outcome: 'skipped', reason: found.reason };
  if (outcome === 'changed') {
    written.changed += 1;
  } else if (outcome === 'skipped') {
    written.skips.add(reason);
  } else {
    written.refusals.push({ workspaceId: found.workspaceId, name: found.name, reason });
  }
};

const SKIPPED = new Map([
  ['PICK_CHANGED', 'changed meanwhile'],
  ['WORKSPACE_NOT_FOUND', 'its workspace is gone'],
]);

const writeOne = async (
  client: ModelClient,
  { workspaceId, to, condition }: Change,
): Promise<{ outcome: 'changed' | 'skipped' | 'refused'; reason: string }> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await (to === '' ? client.clear(workspaceId, condition) : client.set(workspaceId, to, condition));
      return { outcome: 'changed', reason: '' };
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      const skipped = SKIPPED.get(error.code);
      if (error.retryAfter !== undefined && tries < MAX_TRIES) {
        // It may have been saved all the same; the condition of the next try finds out.
        await wait(error.retryAfter * 1_000);
      } else if (skipped !== undefined) {
        return { outcome: 'skipped', reason: skipped };
      } else if (error.status === 422) {
        return { outcome: 'refused', reason: error.message };
      } else {
        throw error;
      }
    }
  }
};

const report = ({ changed, skips, refusals }: Written, format: Format): void => {
  const refused = refusals.length;
  if (refused > 0) {
    process.exitCode = REFUSED_EXIT_CODE;
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

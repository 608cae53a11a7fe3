// Changes to many picks: shown first, asked for, and written over nothing but what was shown.
import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type ModelClient, type WriteOptions } from '../../client/client.ts';
import { UsageError } from '../command.ts';
import { count, type Format, printJson } from './format.ts';
import { progressLine } from './progress.ts';

const SHOWN = 20;
const AT_ONCE = 8;
const MAX_TRIES = 5;
const INTERRUPTED_EXIT_CODE = 130;

export interface MendOptions {
  format: Format;
  dryRun: boolean;
  yes: boolean;
}

export interface Change {
  workspaceId: string;
  name: string;
  from: string;
  /** Empty to clear the pick. */
  to: string;
  /** That the pick is still the one that was looked at. */
  condition: WriteOptions;
}

export interface Skipped {
  workspaceId: string;
  name: string;
  reason: string;
}

/** What a search finds for each pick: a change, or why there is none. */
export type Found = Change | Skipped;

const isChange = (found: Found): found is Change => 'to' in found;

/** @param find looks anew each time: once to show, once to write */
export const mend = async (
  client: ModelClient,
  find: () => AsyncGenerator<Found>,
  { format, dryRun, yes }: MendOptions,
): Promise<void> => {
  const { changes, skipped } = await preview(find, format);
  if (dryRun || changes === 0) {
    if (format === 'json') {
      printJson({ wouldChange: changes, skipped });
    }
    return;
  }
  if (!yes && !(await isAgreed(changes))) {
    console.log('Nothing was changed.');
    return;
  }
  await write(client, find, changes, format);
};

const preview = async (find: () => AsyncGenerator<Found>, format: Format) => {
  let changes = 0;
  let skipped = 0;
  for await (const found of find()) {
    const isShown = format === 'text' && changes + skipped < SHOWN;
    if (isChange(found)) {
      changes += 1;
    } else {
      skipped += 1;
    }
    if (isShown) {
      console.log(lineOf(found));
    }
  }
  if (format === 'text') {
    const more = changes + skipped - SHOWN;
    console.log(
      `${more > 0 ? `… and ${more.toLocaleString('en')} more\n` : ''}${count(changes, 'pick')} would change.`,
    );
  }
  return { changes, skipped };
};

const lineOf = (found: Found): string =>
  isChange(found)
    ? `${found.workspaceId}  ${found.name}  ${found.from || '(none)'} → ${found.to || '(none)'}`
    : `${found.workspaceId}  ${found.name}  skipped: ${found.reason}`;

/** @throws UsageError where nobody is there to be asked */
export const isAgreed = async (changes: number): Promise<boolean> => {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'Nobody can be asked here. Add --yes to change them, or --dry-run to see them only.',
    );
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asking.question(`Change ${count(changes, 'pick')}? [y/N] `)).trim());
  } finally {
    asking.close();
  }
};

type Outcome = 'changed' | 'skipped' | 'refused';

const write = async (
  client: ModelClient,
  find: () => AsyncGenerator<Found>,
  changes: number,
  format: Format,
): Promise<void> => {
  const stop = stopOnInterrupt();
  const progress = progressLine(format, changes);
  const outcomes: Record<Outcome, number> = { changed: 0, skipped: 0, refused: 0 };
  const refusals: Skipped[] = [];
  const found = find();
  const work = async () => {
    for (let next = await found.next(); next.done !== true && !stop.asked; next = await found.next()) {
      if (!isChange(next.value)) {
        outcomes.skipped += 1;
        continue;
      }
      const { outcome, reason } = await writeOne(client, next.value);
      outcomes[outcome] += 1;
      if (outcome === 'refused') {
        refusals.push({ workspaceId: next.value.workspaceId, name: next.value.name, reason });
      }
      progress.update(outcomes.changed + outcomes.skipped + outcomes.refused);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    progress.end();
    stop.end();
    report(outcomes, refusals, format);
  }
  if (stop.asked) {
    console.error('Stopped as asked; the same command again goes on from there.');
    process.exitCode = INTERRUPTED_EXIT_CODE;
  }
};

const writeOne = async (
  client: ModelClient,
  { workspaceId, to, condition }: Change,
): Promise<{ outcome: Outcome; reason: string }> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await (to === '' ? client.clear(workspaceId, condition) : client.set(workspaceId, to, condition));
      return { outcome: 'changed', reason: '' };
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      if (error.retryAfter !== undefined && tries < MAX_TRIES) {
        // It may have been saved all the same; the condition of the next try finds out.
        await wait(error.retryAfter * 1_000);
      } else if (error.code === 'PICK_CHANGED' || error.code === 'WORKSPACE_NOT_FOUND') {
        return { outcome: 'skipped', reason: error.message };
      } else if (error.status === 422) {
        return { outcome: 'refused', reason: error.message };
      } else {
        throw error;
      }
    }
  }
};

const report = (outcomes: Record<Outcome, number>, refusals: Skipped[], format: Format): void => {
  if (format === 'json') {
    printJson({ ...outcomes, refusals });
    return;
  }
  for (const { workspaceId, name, reason } of refusals.slice(0, SHOWN)) {
    console.log(`refused  ${workspaceId}  ${name}  ${reason}`);
  }
  const { changed, skipped, refused } = outcomes;
  console.log(
    `${count(changed, 'pick')} changed, ${skipped} skipped (changed meanwhile), ${refused} refused.`,
  );
};

/** Ctrl-C is asked about after each write, or ends a wait by its signal; a second one ends the process. */
export const stopOnInterrupt = () => {
  const stopping = new AbortController();
  const stop = { asked: false, signal: stopping.signal, end: () => process.off('SIGINT', ask) };
  const ask = () => {
    if (stop.asked) {
      process.exit(INTERRUPTED_EXIT_CODE);
    }
    stop.asked = true;
    stopping.abort();
    console.error('Stopping after what is under way …');
  };
  process.on('SIGINT', ask);
  return stop;
};

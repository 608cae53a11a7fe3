// restore: every pick as it was at a time, by the history of what was changed since.
import { ApiError, type HistoryEntry, type ListedPick, unchanged } from '../../client/client.ts';
import { UsageError } from '../command.ts';
import { timeOf, workspaceIdOf } from './arguments.ts';
import { type Found, GONE } from './changes.ts';
import { type MendOptions, mend } from './mend.ts';
import type { RepeatingClient } from './repeating-client.ts';

export interface RestoreOptions {
  /** ISO 8601, with a zone or Z. */
  to: string;
  /** Of the one workspace to restore; all of them where it is left out. */
  workspace: string | undefined;
}

export const restore = (
  client: RepeatingClient,
  { to, workspace }: RestoreOptions,
  options: MendOptions,
): Promise<void> => {
  const at = momentOf(to);
  const only = workspace === undefined ? undefined : workspaceIdOf('--workspace', workspace);
  console.error(`As it was at ${at.toISOString()}:`);
  return mend(client, find(client, at, only), options);
};

const momentOf = (to: string): Date => {
  const at = new Date(timeOf('--to', to));
  if (at.getTime() > Date.now()) {
    throw new UsageError(`--to is ${at.toISOString()}, which is still to come.`);
  }
  return at;
};

async function* find(
  client: RepeatingClient,
  at: Date,
  workspace: string | undefined,
): AsyncGenerator<Found> {
  for await (const pick of client.listAll({ changedSince: at.toISOString() })) {
    if (workspace === undefined || pick.workspaceId === workspace) {
      const found = changeOf(pick, await historyOf(client, pick), at);
      if (found !== undefined) {
        yield found;
      }
    }
  }
}

/** Undefined where the workspace was deleted after it was listed. */
const historyOf = (
  client: RepeatingClient,
  { workspaceId }: ListedPick,
): Promise<HistoryEntry[] | undefined> =>
  client.history(workspaceId).catch((error) => {
    if (error instanceof ApiError && error.code === GONE.code) {
      return undefined;
    }
    throw error;
  });

/** Undefined where the pick is what it was. */
const changeOf = (
  { workspaceId, name, model, problem, etag }: ListedPick,
  history: readonly HistoryEntry[] | undefined,
  at: Date,
): Found | undefined => {
  if (history === undefined) {
    return { workspaceId, name, reason: GONE.reason };
  }
  // Newest first.
  const then = history.find((entry) => new Date(entry.at) <= at);
  if (then === undefined) {
    return { workspaceId, name, reason: 'its history does not reach back so far' };
  }
  if (then.action === 'saved' && then.model === undefined) {
    return { workspaceId, name, reason: 'what was picked then cannot be decrypted any more' };
  }
  const before = then.model ?? '';
  // One that no key opens is listed with an empty model.
  const isUnreadable = problem?.code === 'UNREADABLE';
  if (before === model && !isUnreadable) {
    return undefined;
  }
  const from = isUnreadable ? '(unreadable)' : model;
  return { workspaceId, name, from, to: before, condition: unchanged(etag) };
};

// GET /workspaces/models: the picks of the fleet and what is wrong with them, a page at a time.
import { MAX_ROWS } from './database/fleet.ts';
import { type OpenedPick, readPicks } from './database/picks.ts';
import { answer } from './invocation/answer.ts';
import { type FleetFilters, fleetFiltersOf } from './invocation/fleet-query.ts';
import { httpFunction } from './invocation/http.ts';
import { openService } from './invocation/service.ts';
import { isPicked, type Problem } from './model/model-id.ts';

/** Suggestions for many wrong picks take their time; the page ends then, and goes on by its `next`. */
const MAX_JUDGING_MS = 5_000;
/** What is kept back for the answer where the database has taken most of the function's time. */
const RESERVE_MS = 1_000;

interface Item {
  workspace_id: string;
  name: string;
  runtime?: string;
  model: string;
  source: 'workspace_secrets' | 'default';
  problem?: Problem | { code: 'UNREADABLE'; reason: string };
  updated_at?: string;
  /** As If-Match takes it. */
  etag?: string;
}

const UNREADABLE = {
  code: 'UNREADABLE',
  reason: 'The stored value cannot be decrypted, or is too long for any model id. Set the pick anew.',
} as const;

const { databaseOf, key, rules } = openService();

export const handler = httpFunction('list-models', async (event, context) => {
  const filters = fleetFiltersOf(event);
  // What is looked for in the values themselves is found here, so as many rows are fetched as one answer may hold.
  const isInValues = filters.problem !== undefined || filters.model !== undefined;
  const page = await readPicks(databaseOf(context), key, {
    after: filters.after,
    runtime: filters.runtime,
    changedSince: filters.changedSince,
    rows: isInValues ? MAX_ROWS : filters.limit,
  });
  const { items, next } = judge(page.picks, filters, context.getRemainingTimeInMillis());
  const goesOn = next ?? page.next;
  return answer(200, { items, ...(goesOn !== undefined && { next: goesOn }) });
});

/** The items that match; `next` where the page ends before its last row, at the earliest after its first. */
const judge = (picks: OpenedPick[], filters: FleetFilters, timeLeftMs: number) => {
  const endsAt = performance.now() + Math.min(MAX_JUDGING_MS, timeLeftMs - RESERVE_MS);
  const items: Item[] = [];
  for (const [index, pick] of picks.entries()) {
    const item = itemOf(pick);
    if (matches(item, filters)) {
      items.push(item);
    }
    const isLast = index === picks.length - 1;
    if (!isLast && (items.length >= filters.limit || performance.now() > endsAt)) {
      return { items, next: pick.workspaceId };
    }
  }
  return { items, next: undefined };
};

const matches = ({ model, problem }: Item, filters: FleetFilters): boolean =>
  (filters.problem === undefined || problem?.code === filters.problem) &&
  (filters.model === undefined || model === filters.model);

const itemOf = ({ workspaceId, name, runtime, model, isUnreadable, etag, changedAt }: OpenedPick): Item => {
  const problem = isPicked(model) ? rules.problemOf(model, runtime) : undefined;
  return {
    workspace_id: workspaceId,
    name,
    ...(runtime !== undefined && { runtime }),
    model,
    source: isPicked(model) || isUnreadable ? 'workspace_secrets' : 'default',
    ...(isUnreadable ? { problem: UNREADABLE } : problem && { problem }),
    ...(changedAt !== undefined && { updated_at: changedAt }),
    ...(etag !== undefined && { etag: `"${etag}"` }),
  };
};

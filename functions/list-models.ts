// GET /workspaces/models: the picks of the fleet and what is wrong with them, a page at a time.
import { type FleetRow, MAX_ROWS, readFleet } from './database/fleet.ts';
import { answer } from './invocation/answer.ts';
import { type FleetFilters, fleetFiltersOf } from './invocation/fleet-query.ts';
import { httpFunction } from './invocation/http.ts';
import { openService } from './invocation/service.ts';
import { isPicked, type Problem, pickOf } from './model/model-id.ts';

/** Suggestions for many wrong picks take their time; the page ends then, and goes on by its `next`. */
const MAX_JUDGING_MS = 5_000;

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
  const reading = readFleet(databaseOf(context), {
    after: filters.after,
    runtime: filters.runtime,
    changedSince: filters.changedSince,
    rows: isInValues ? MAX_ROWS : filters.limit,
  });
  key.prefetch();
  const page = await reading;
  const { items, next } = judge(page.rows, await textsOf(page.rows), filters);
  const goesOn = next ?? page.next;
  return answer(200, { items, ...(goesOn !== undefined && { next: goesOn }) });
});

/** Undefined for what does not open. */
const textsOf = (rows: FleetRow[]): Promise<(string | undefined)[]> =>
  key.openAll(rows.map(({ stored }) => (stored === 'too long' ? undefined : stored)));

/** The items that match; `next` where the page ends before its last row. */
const judge = (rows: FleetRow[], texts: (string | undefined)[], filters: FleetFilters) => {
  const endsAt = performance.now() + MAX_JUDGING_MS;
  const items: Item[] = [];
  for (const [index, row] of rows.entries()) {
    const item = itemOf(row, texts[index]);
    if (matches(item, filters)) {
      items.push(item);
    }
    const isLast = index === rows.length - 1;
    if (!isLast && (items.length >= filters.limit || performance.now() > endsAt)) {
      return { items, next: row.workspaceId };
    }
  }
  return { items, next: undefined };
};

const matches = ({ model, problem }: Item, filters: FleetFilters): boolean =>
  (filters.problem === undefined || problem?.code === filters.problem) &&
  (filters.model === undefined || model === filters.model);

const itemOf = ({ workspaceId, name, runtime, stored, etag, changedAt }: FleetRow, text = ''): Item => {
  const isUnreadable = stored !== undefined && text === '';
  const model = pickOf(text);
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

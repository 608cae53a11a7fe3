// The fleet as the page holds it, and what of it is shown.
import type { ListedPick } from '../../../client/client.ts';

export interface Filters {
  search: string;
  runtime: string;
  /** '' for all, 'any' for every problem, or a code. */
  problem: string;
}

export const NO_FILTERS: Filters = { search: '', runtime: '', problem: '' };

/** Browsers draw no box that is higher than some 17,000,000 pixels. */
export const MOST_ROWS = 380_000;

export const isShown = ({ search, runtime, problem }: Filters) => {
  const wanted = search.trim().toLowerCase();
  return (pick: ListedPick): boolean =>
    (runtime === '' || pick.runtime === runtime) &&
    (problem === '' || (problem === 'any' ? pick.problem !== undefined : pick.problem?.code === problem)) &&
    (wanted === '' ||
      pick.name.toLowerCase().includes(wanted) ||
      pick.model.toLowerCase().includes(wanted) ||
      pick.workspaceId.startsWith(wanted));
};

/** How many picks have each value, most first. */
const countBy = (
  picks: ListedPick[],
  fieldOf: (pick: ListedPick) => string | undefined,
): [string, number][] => {
  const counts = new Map<string, number>();
  for (const pick of picks) {
    const value = fieldOf(pick);
    if (value !== undefined && value !== '') {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one);
};

/** What a filter offers: each value with its count, and the chosen one also where no pick has it any more. */
export const choicesOf = (
  picks: ListedPick[],
  fieldOf: (pick: ListedPick) => string | undefined,
  chosen: string,
): [string, number][] => {
  const counts = countBy(picks, fieldOf);
  return chosen === '' || counts.some(([value]) => value === chosen) ? counts : [...counts, [chosen, 0]];
};

/** A workspace of which only the id is known. */
export const unlisted = (workspaceId: string): ListedPick => ({
  workspaceId,
  name: workspaceId,
  runtime: undefined,
  model: '',
  source: 'default',
  problem: undefined,
  updatedAt: undefined,
  etag: undefined,
});

/** A listed workspace after its pick was read anew. One that was opened by its id has no name and no runtime to give. */
export const withPick = (listed: ListedPick, changed: ListedPick | undefined): ListedPick => {
  if (changed?.workspaceId !== listed.workspaceId) {
    return listed;
  }
  const { model, source, problem, etag } = changed;
  return { ...listed, model, source, problem, etag };
};

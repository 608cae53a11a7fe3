// What a mending command finds for each pick: a change, or why there is none.
import type { WriteOptions } from '../../client/client.ts';

/** Lines that are printed of many. */
export const SHOWN = 20;

/** Of the API, for a workspace that was deleted after it was listed. */
export const GONE = { code: 'WORKSPACE_NOT_FOUND', reason: 'its workspace is gone' };

export interface Change {
  workspaceId: string;
  name: string;
  /** For people, where the pick cannot be read. Empty where there was none. */
  from: string;
  /** Empty to clear the pick. */
  to: string;
  /** That the pick is still the one that was looked at. */
  condition: WriteOptions;
  /** Why the API would refuse it, as far as that is known. */
  refusal?: string | undefined;
}

export interface Skipped {
  workspaceId: string;
  name: string;
  reason: string;
}

export type Found = Change | Skipped;

export const isChange = (found: Found): found is Change => 'to' in found;

/** How many were skipped, by the reason. */
export class Skips {
  readonly #reasons = new Map<string, number>();

  add(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  get total(): number {
    return [...this.#reasons.values()].reduce((sum, number) => sum + number, 0);
  }

  /** For JSON. */
  get byReason(): Record<string, number> {
    return Object.fromEntries(this.#reasons);
  }

  /** `3 skipped (2: changed meanwhile; 1: its workspace is gone)` */
  toString(): string {
    const reasons = [...this.#reasons].map(([reason, number]) => `${number}: ${reason}`);
    return `${this.total} skipped${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`;
  }
}

// How many pages a batch takes: as many as keep it near a fifth of a second, so that whoever meets its row locks
// hardly notices; fewer after a failure.

const TARGET_MS = 200;
const FIRST_PAGES = 16;
/** 64 MiB of table: a batch that finds nothing to change is bounded, too. */
const MAX_PAGES = 8_192;

export class Pace {
  readonly #maxPages: number;
  #pages: number;

  constructor(maxPages = MAX_PAGES) {
    this.#maxPages = maxPages;
    this.#pages = Math.min(FIRST_PAGES, maxPages);
  }

  get pages(): number {
    return this.#pages;
  }

  /** After a batch that took `ms`: towards the target, at most doubling. */
  took(ms: number): void {
    const factor = Math.min(2, TARGET_MS / Math.max(ms, 1));
    this.#pages = Math.round(Math.min(this.#maxPages, Math.max(1, this.#pages * factor)));
  }

  /** After a batch that was timed out or met a conflict. */
  shrink(): void {
    this.#pages = Math.max(1, Math.floor(this.#pages / 4));
  }
}

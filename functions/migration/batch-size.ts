// Adaptive batch size: twice what the last batch managed, a quarter after a failure.

const FIRST_PAGES = 16;
/** Half a gigabyte: far more than a batch has time for. */
const MAX_PAGES = 65_536;

export class BatchSize {
  readonly #maxPages: number;
  #pages: number;

  constructor(maxPages = MAX_PAGES) {
    this.#maxPages = maxPages;
    this.#pages = Math.min(FIRST_PAGES, maxPages);
  }

  get pages(): number {
    return this.#pages;
  }

  /** After a batch that came as far as `pages` before its time was up. */
  grow(pages: number): void {
    this.#pages = Math.min(2 * pages, this.#maxPages);
  }

  /** After a batch that was timed out or met a conflict. */
  shrink(): void {
    this.#pages = Math.max(1, Math.floor(this.#pages / 4));
  }
}

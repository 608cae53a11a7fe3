// The answer to the `DISCARD ALL` that a `StatementRun` has already sent: settings, locks and temporary tables are gone.
import type { Submittable } from 'pg';

export class SessionReset implements Submittable {
  /** False where the session could not be reset, as when the statement was `BEGIN`: then it must be closed. */
  readonly finished: Promise<boolean>;
  readonly #finish: (done: boolean) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.finished = promise;
    this.#finish = resolve;
  }

  submit(): void {}

  handleCommandComplete(): void {}

  handleError(): void {
    this.#finish(false);
  }

  handleReadyForQuery(): void {
    this.#finish(true);
  }
}

// Ends what was started, last first.

export class Endings {
  readonly #steps: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** The first call begins it; any other waits for the same end. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      // Whatever one step meets, the others still have to happen.
      await step().catch((error: unknown) => console.error(error));
    }
  }
}

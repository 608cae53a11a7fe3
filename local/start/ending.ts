// Ends what was started, last first: on Ctrl-C, on SIGTERM, when the terminal closes, and when `npm` was killed.
import { onEndSignal } from '../support/end-signals.ts';
import { watchLauncher } from './launcher.ts';

const LAUNCHER_POLL_MS = 500;

export class Ending {
  readonly #steps: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  constructor() {
    // Asked twice, it does not insist on good order. PostgreSQL ends when this process does.
    onEndSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => this.#endProcess());
    const hasLauncher = watchLauncher();
    setInterval(() => hasLauncher() || this.#endProcess(), LAUNCHER_POLL_MS).unref();
  }

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

  async #endProcess(): Promise<void> {
    await this.run();
    process.exit(0);
  }
}

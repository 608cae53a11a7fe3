// A function in a worker thread, started by its first invocation. Lambda gives each invocation an instance to itself;
// here one worker runs up to AT_ONCE of them, and the others wait for their turn, as they would wait there for an instance.
import { randomUUID } from 'node:crypto';
import type { Invocation, KillableFunction } from '../aws/lambda/local-function.ts';
import { FunctionInstance, type FunctionInstanceOptions, failure, KILLED } from './function-instance.ts';

export type WorkerFunctionOptions = FunctionInstanceOptions;

// Fewer than the 50 sockets that an SDK client has: an invocation that waits for one counts that as a failure to connect.
const AT_ONCE = 40;

interface Waiting {
  payload: string;
  resolve: (invocation: Invocation) => void;
}

export class WorkerFunction implements KillableFunction {
  readonly #options: WorkerFunctionOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #instance: FunctionInstance | undefined;

  constructor(options: WorkerFunctionOptions) {
    this.#options = options;
  }

  /** The time that the function has begins when it runs. */
  invoke(payload: string): Promise<Invocation> {
    const { promise, resolve } = Promise.withResolvers<Invocation>();
    this.#waiting.push({ payload, resolve });
    this.#runNext();
    return promise;
  }

  async kill(): Promise<void> {
    for (const { resolve } of this.#waiting.splice(0)) {
      resolve({ payload: failure('Runtime.ExitError', randomUUID(), KILLED), failed: true, log: '' });
    }
    const instance = this.#instance;
    this.#instance = undefined;
    await instance?.kill();
  }

  #runNext(): void {
    while (this.#running < AT_ONCE) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      this.#running += 1;
      this.#run(next);
    }
  }

  async #run({ payload, resolve }: Waiting): Promise<void> {
    if (this.#instance === undefined || this.#instance.isLeaving) {
      this.#instance = new FunctionInstance(this.#options);
    }
    const invocation = await this.#instance.run(payload);
    this.#running -= 1;
    resolve(invocation);
    this.#runNext();
  }
}

// One worker thread of a function, with the invocations that it runs at the moment.
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Invocation } from '../aws/lambda/local-function.ts';
import type { InvocationRequest, InvocationResult, WorkerSettings } from './worker-messages.ts';

export const KILLED = 'Runtime exited without providing a reason';

export interface FunctionInstanceOptions extends WorkerSettings {
  environment: Record<string, string>;
  timeoutMs: number;
  /** Is given everything that the function prints. */
  onLog: (text: string) => void;
}

const MAX_RESPONSE_BYTES = 6_291_556;
const TOO_LARGE = JSON.stringify({
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
});

interface Pending {
  resolve: (invocation: Invocation) => void;
  timer: NodeJS.Timeout;
  log: string;
}

export class FunctionInstance {
  readonly #options: FunctionInstanceOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #worker: Worker;
  #isLeaving = false;

  constructor(options: FunctionInstanceOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** Whether it takes no further invocations. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  run(payload: string): Promise<Invocation> {
    const { timeoutMs } = this.#options;
    const request: InvocationRequest = { id: randomUUID(), payload, deadline: Date.now() + timeoutMs };
    const { promise, resolve } = Promise.withResolvers<Invocation>();
    const timer = setTimeout(() => this.#timeOut(request.id), timeoutMs).unref();
    this.#pending.set(request.id, { resolve, timer, log: '' });
    this.#worker.postMessage(request);
    return promise;
  }

  /** Ends it where it stands, and fails what it runs. */
  async kill(): Promise<void> {
    this.#isLeaving = true;
    await this.#worker.terminate();
    this.#failAll(KILLED);
  }

  #start(): Worker {
    const { environment, onLog: _, timeoutMs: __, ...workerData } = this.#options;
    const worker = new Worker(new URL('./function-worker.mjs', import.meta.url), {
      env: environment,
      workerData,
      stdout: true,
      stderr: true,
      execArgv: [],
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.setEncoding('utf8').on('data', this.#note);
    }
    worker.on('message', ({ id, payload, failed }: InvocationResult) => this.#finish(id, payload, failed));
    worker.on('error', (error) => this.#note(`${error.stack}\n`));
    worker.on('exit', (code) => {
      this.#isLeaving = true;
      this.#failAll(`Runtime exited with error: exit status ${code}`);
    });
    return worker;
  }

  readonly #note = (text: string): void => {
    this.#options.onLog(text);
    for (const pending of this.#pending.values()) {
      pending.log += text;
    }
  };

  #finish(id: string, payload: string, failed: boolean): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      return;
    }
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    const isTooLarge = Buffer.byteLength(payload) > MAX_RESPONSE_BYTES;
    pending.resolve({
      payload: isTooLarge ? TOO_LARGE : payload,
      failed: failed || isTooLarge,
      log: pending.log,
    });
    if (this.#isLeaving && this.#pending.size === 0) {
      this.#worker.terminate();
    }
  }

  /** Lambda stops an instance that is out of time. Here it may run other invocations, too: it ends after them. */
  #timeOut(id: string): void {
    this.#isLeaving = true;
    const seconds = (this.#options.timeoutMs / 1000).toFixed(2);
    this.#finish(id, failure('Sandbox.Timedout', id, `Task timed out after ${seconds} seconds`), true);
  }

  #failAll(reason: string): void {
    for (const id of [...this.#pending.keys()]) {
      this.#finish(id, failure('Runtime.ExitError', id, reason), true);
    }
  }
}

/** As Lambda words what ends an invocation from outside. */
export const failure = (errorType: string, id: string, reason: string): string =>
  JSON.stringify({ errorType, errorMessage: `RequestId: ${id} Error: ${reason}` });

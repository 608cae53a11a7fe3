// A function in a worker thread of its own, started by its first invocation. Unlike Lambda, which gives each invocation
// an environment to itself, one worker runs any number of invocations at once.
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Invocation, LocalFunction } from '../aws/lambda/local-function.ts';
import type { InvocationRequest, InvocationResult, WorkerSettings } from './worker-messages.ts';

export interface WorkerFunctionOptions extends WorkerSettings {
  environment: Record<string, string>;
  timeoutMs: number;
  /** Is given everything that the function prints. */
  onLog: (text: string) => void;
}

interface Pending {
  resolve: (invocation: Invocation) => void;
  timer: NodeJS.Timeout;
  log: string;
}

export class WorkerFunction implements LocalFunction {
  readonly #options: WorkerFunctionOptions;
  readonly #pending = new Map<string, Pending>();
  #worker: Worker | undefined;

  constructor(options: WorkerFunctionOptions) {
    this.#options = options;
  }

  invoke(payload: string): Promise<Invocation> {
    this.#worker ??= this.#start();
    const { timeoutMs } = this.#options;
    const request: InvocationRequest = { id: randomUUID(), payload, deadline: Date.now() + timeoutMs };
    const { promise, resolve } = Promise.withResolvers<Invocation>();
    const timer = setTimeout(() => this.#timeOut(request.id), timeoutMs).unref();
    this.#pending.set(request.id, { resolve, timer, log: '' });
    this.#worker.postMessage(request);
    return promise;
  }

  /** Ends the worker where it stands, as when Lambda's host dies; the next invocation starts a new one. */
  async kill(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#failAll('Runtime.ExitError', 'Runtime exited without providing a reason');
  }

  #start(): Worker {
    const { environment, onLog: _, timeoutMs: __, ...workerData } = this.#options;
    const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
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
      if (this.#worker !== worker) {
        return;
      }
      this.#worker = undefined;
      this.#failAll('Runtime.ExitError', `Runtime exited with error: exit status ${code}`);
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
    pending.resolve({ payload, failed, log: pending.log });
  }

  #timeOut(id: string): void {
    const seconds = (this.#options.timeoutMs / 1000).toFixed(2);
    const errorMessage = `RequestId: ${id} Error: Task timed out after ${seconds} seconds`;
    this.#finish(id, JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage }), true);
    // Lambda stops a function that is out of time.
    this.kill();
  }

  #failAll(errorType: string, reason: string): void {
    for (const id of [...this.#pending.keys()]) {
      const errorMessage = `RequestId: ${id} Error: ${reason}`;
      this.#finish(id, JSON.stringify({ errorType, errorMessage }), true);
    }
  }
}

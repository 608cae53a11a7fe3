// A function in the test's own process, from the project's sources. Mutation testing needs it: Stryker's switch does not
// reach worker threads. Unlike there, what is killed goes on by itself, although nobody hears of it any more.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { Invocation, KillableFunction } from '../../local/aws/lambda/local-function.ts';
import { failure, KILLED } from '../../local/functions/function-instance.ts';
import { describeError, handlerOf } from '../../local/functions/runtime.mjs';
import type { WorkerFunctionOptions } from '../../local/functions/worker-function.ts';
import type { Handler } from '../../local/functions/worker-messages.ts';

declare global {
  /** Stryker's own. */
  var __stryker__: { currentTestId?: string | undefined } | undefined;
  var environmentOfFunctions: AsyncLocalStorage<Record<string, string>> | undefined;
}

/** Lets every function see its own environment, with that of the process behind it. */
const separateEnvironments = () => {
  const own = new AsyncLocalStorage<Record<string, string>>();
  process.env = new Proxy(process.env, {
    get: (shared, name) => own.getStore()?.[String(name)] ?? Reflect.get(shared, name),
    set: (shared, name, value) => Reflect.set(shared, name, value),
  });
  return own;
};

// Once in a process, although this module is loaded by many test files.
globalThis.environmentOfFunctions ??= separateEnvironments();
const environment = globalThis.environmentOfFunctions;

export class ProcessFunction implements KillableFunction {
  readonly #options: WorkerFunctionOptions;
  #handler: Promise<Handler> | undefined;
  #killed = Promise.withResolvers<Invocation>();

  constructor(options: WorkerFunctionOptions) {
    this.#options = options;
  }

  invoke(payload: string): Promise<Invocation> {
    const invocation = environment.run(this.#options.environment, () => this.#run(payload));
    return Promise.race([invocation, this.#killed.promise]);
  }

  async kill(): Promise<void> {
    this.#handler = undefined;
    this.#killed.resolve(failed(failure('Runtime.ExitError', randomUUID(), KILLED)));
    this.#killed = Promise.withResolvers();
  }

  async #run(payload: string): Promise<Invocation> {
    const { onLog, functionName, timeoutMs } = this.#options;
    const deadline = Date.now() + timeoutMs;
    // The log line goes to stdout by itself, past what the test runner keeps back.
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      onLog(`${text}`);
      return true;
    });
    try {
      this.#handler ??= this.#load();
      const handler = await this.#handler;
      const returned = await handler(payload === '' ? {} : JSON.parse(payload), {
        awsRequestId: randomUUID(),
        functionName,
        getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
      });
      return { payload: JSON.stringify(returned) ?? 'null', failed: false, log: '' };
    } catch (error) {
      return failed(JSON.stringify(describeError(error)));
    } finally {
      stdout.mockRestore();
    }
  }

  /** A fresh instance. */
  #load(): Promise<Handler> {
    const loading = lastLoading.then(async () => {
      vi.resetModules();
      return asOfNoTest(async () => handlerOf(await import(this.#options.handlerUrl)));
    });
    lastLoading = loading.catch(() => {});
    return loading;
  }
}

/** What runs as a module loads does not count as run by the test in which that happens: the others need it, too. */
const asOfNoTest = async <Result>(action: () => Promise<Result>): Promise<Result> => {
  const stryker = globalThis.__stryker__ ?? {};
  const { currentTestId } = stryker;
  stryker.currentTestId = undefined;
  try {
    return await action();
  } finally {
    stryker.currentTestId = currentTestId;
  }
};

/** One after the other, so that none gets modules of two instances. */
let lastLoading: Promise<unknown> = Promise.resolve();

const failed = (payload: string): Invocation => ({ payload, failed: true, log: '' });

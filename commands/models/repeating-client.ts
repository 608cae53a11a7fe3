// The client of these commands: what the API turns away for a while is sent again, all calls at one pace.
import { setTimeout as wait } from 'node:timers/promises';
import {
  ApiError,
  type HistoryEntry,
  type ListOptions,
  ModelClient,
  type OfferedModels,
  type PickPage,
} from '../../client/client.ts';
import { InterruptedError } from '../interrupt.ts';
import { isForeign } from '../out-of-reach.ts';

/** No function has seen the call. */
const THROTTLED = 429;

/** A second of the default throttle lets 50 calls through. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Shorter ones are part of every long run. */
const SHOWN_PAUSE_MS = 4_000;
/** Without one answer of another kind to any call. A deploy that changes the database takes minutes. */
const LIMIT_MS = 5 * 60_000;

interface Waiting {
  isWaitedFor: (error: unknown) => error is ApiError;
  signal?: AbortSignal;
}

export class RepeatingClient extends ModelClient {
  /** Times are those of performance.now(). */
  #pausedUntil = 0;
  #pauseMs = 0;
  #failingSince: number | undefined;

  override list(options?: ListOptions): Promise<PickPage> {
    return this.#read(() => super.list(options));
  }

  override history(workspaceId: string): Promise<HistoryEntry[]> {
    return this.#read(() => super.history(workspaceId));
  }

  override models(runtime?: string): Promise<OfferedModels> {
    return this.#read(() => super.models(runtime));
  }

  /**
   * @param send with a condition: it is given whether an earlier try may have taken effect
   * @throws InterruptedError where `signal` ends a pause
   */
  write(send: (mayBeDone: boolean) => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#repeat(send, { isWaitedFor: isPassing, signal });
  }

  #read<Result>(send: () => Promise<Result>): Promise<Result> {
    return this.#repeat(send, { isWaitedFor: isPassingForReads });
  }

  async #repeat<Result>(
    send: (mayBeDone: boolean) => Promise<Result>,
    { isWaitedFor, signal }: Waiting,
  ): Promise<Result> {
    for (let mayBeDone = false; ; ) {
      await this.#endOfPause(signal);
      const sentAt = performance.now();
      try {
        const result = await send(mayBeDone);
        this.#isServed();
        return result;
      } catch (error) {
        if (!isWaitedFor(error)) {
          this.#isServed();
          throw error;
        }
        this.#pause(error, sentAt);
        mayBeDone ||= error.status !== THROTTLED;
      }
    }
  }

  #isServed(): void {
    this.#pauseMs = 0;
    this.#failingSince = undefined;
  }

  /** All calls wait: each that is sent meanwhile would be turned away as well. */
  #pause(error: ApiError, sentAt: number): void {
    const now = performance.now();
    this.#failingSince ??= now;
    if (now - this.#failingSince > LIMIT_MS) {
      throw error;
    }
    // Those that were on their way as the pause began do not make the next one longer.
    const isFirst = sentAt >= this.#pausedUntil;
    if (isFirst) {
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    }
    const ms = Math.max(this.#pauseMs, (error.retryAfter ?? 0) * 1_000);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms);
    if (isFirst && ms >= SHOWN_PAUSE_MS) {
      console.error(`The API answers ${error.status} (${error.code}): trying again in ${ms / 1_000} s …`);
    }
  }

  async #endOfPause(signal: AbortSignal | undefined): Promise<void> {
    const left = () => this.#pausedUntil - performance.now();
    for (let ms = left(); ms > 0; ms = left()) {
      await wait(ms, undefined, { signal }).catch(() => {
        throw new InterruptedError(
          'The call that was to be repeated was not sent again, and is not counted.',
        );
      });
    }
  }
}

/**
 * API Gateway says no Retry-After. A 502 to 504 of its own is of a function that has no concurrency left, or did not answer
 * in time; a 500 of one that fails, and may do so for good.
 */
const isPassing = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.retryAfter !== undefined || error.status === THROTTLED || (error.status > 500 && isForeign(error)));

/** After an undo a database stays as it is. Where something was written already, a deploy is under way. */
const isPassingForReads = (error: unknown): error is ApiError =>
  isPassing(error) && error.code !== 'DATABASE_NOT_MIGRATED';

// Faults that a test or a rehearsal can inject into a call, of any service.
import { setTimeout as wait } from 'node:timers/promises';
import type { Reply } from '../support/loopback-server.ts';
import type { Call } from './calls.ts';
import { type Ending, replied } from './ending.ts';
import { AwsError } from './errors.ts';

export type Fault =
  /** Held for so long: before the call happens, or, with `after`, before it is answered. */
  | { readonly kind: 'delay'; readonly ms: number; readonly after?: boolean }
  /** Held until something else has happened; where that fails, the endpoint fails, and its log has the cause. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> }
  /** An error of AWS's instead of the call. */
  | { readonly kind: 'error'; readonly name: string; readonly message?: string; readonly status: number }
  /**
   * Any answer at all, such as a load balancer's page of HTML, an empty body, or JSON of another form. The call does
   * not happen; with `after`, it happens and its own answer is thrown away.
   */
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Nothing at all unless given. */
      readonly body?: string;
      /** `application/json` unless given. */
      readonly contentType?: string;
      readonly after?: boolean;
    }
  /** The call happens, commit included; the connection breaks after so many bytes of the answer's body. */
  | { readonly kind: 'truncated-answer'; readonly bytes: number }
  /** The call happens, commit included; of its answer the headers are sent, and nothing follows. */
  | { readonly kind: 'stalled-answer' }
  /** The call happens, commit included; the connection breaks before the answer. With `reset`, by a TCP reset. */
  | { readonly kind: 'lost-response'; readonly reset?: boolean }
  /** The connection breaks before the call happens. */
  | { readonly kind: 'dropped-request'; readonly reset?: boolean };

/** Asked before each call. Several faults are carried out in their order: a delay, then an error. */
export type OnCall = (call: Call) => Fault | readonly Fault[] | undefined;

/** Makes the call, if the faults let it happen, and says how it ends. @throws what the call throws, or the fault's error */
export const runWithFaults = async (
  [fault, ...rest]: readonly Fault[],
  run: () => Promise<Reply>,
): Promise<Ending> => {
  if (fault === undefined) {
    return replied(await run());
  }
  const next = () => runWithFaults(rest, run);
  switch (fault.kind) {
    case 'delay':
      return delayed(fault, next);
    case 'held':
      await fault.until;
      return next();
    case 'error':
      throw new AwsError(fault.name, fault.message ?? fault.name, fault.status);
    case 'answer':
      if (fault.after) {
        await settled(next());
      }
      return replied(replyOf(fault), fault.kind);
    case 'truncated-answer':
      return { ...(await next()), outcome: fault.kind, cut: { bytes: fault.bytes, by: 'close' } };
    case 'stalled-answer':
      return { ...(await next()), outcome: fault.kind, cut: { bytes: 0, by: 'silence' } };
    case 'lost-response':
      await settled(next());
      return broken(fault);
    case 'dropped-request':
      return broken(fault);
  }
};

const delayed = async (
  { ms, after = false }: Extract<Fault, { kind: 'delay' }>,
  next: () => Promise<Ending>,
): Promise<Ending> => {
  if (!after) {
    await pause(ms);
  }
  try {
    return await next();
  } finally {
    if (after) {
      await pause(ms);
    }
  }
};

/** A test that has ended must not wait for it. */
const pause = (ms: number): Promise<void> => wait(ms, undefined, { ref: false });

/** Whether it succeeds or fails: no client will see it. */
const settled = async (call: Promise<unknown>): Promise<void> => {
  await call.catch(() => {});
};

const replyOf = ({
  status,
  body = '',
  contentType = 'application/json',
}: Extract<Fault, { kind: 'answer' }>): Reply => ({
  status,
  headers: { 'content-type': contentType },
  body,
});

const broken = ({ kind, reset = false }: { kind: string; reset?: boolean }): Ending => ({
  outcome: kind,
  reply: undefined,
  cut: { bytes: 0, by: reset ? 'reset' : 'close' },
});

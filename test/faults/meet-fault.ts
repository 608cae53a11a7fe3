// The calls of a trial that meet its fault.
import type { Call } from '../../local/aws/calls.ts';
import { isDataApi, isKeyFetch } from '../helpers/disturbances.ts';
import type { TestStack } from '../helpers/local-stack.ts';
import type { FaultCase, Times } from './faults.ts';

export interface FaultTrial {
  on: 'the Data API' | 'Secrets Manager';
  times: Times;
  faultCase: FaultCase;
}

interface Met<Result> {
  result: Result;
  durationMs: number;
  /** Calls that were made to what failed. */
  attempts: number;
}

/** Lets the fault meet calls until `action` has ended; those of `isFirst` are the first that it may meet. */
export const meetFault = async <Result>(
  { endpoint }: TestStack,
  { on, times, faultCase }: FaultTrial,
  action: () => Promise<Result>,
  isFirst: (call: Call) => boolean = () => true,
): Promise<Met<Result>> => {
  const isAimedAt = on === 'the Data API' ? isDataApi : isKeyFetch;
  const before = endpoint.calls.length;
  let firstAt: number | undefined;
  endpoint.onCall = (call) => {
    if (!isAimedAt(call) || (firstAt === undefined && !isFirst(call))) {
      return undefined;
    }
    const isLasting = firstAt !== undefined && isStillThere(times, performance.now() - firstAt);
    const isMet = firstAt === undefined || isLasting;
    firstAt ??= performance.now();
    return isMet ? faultCase.fault : undefined;
  };
  const start = performance.now();
  try {
    const result = await action();
    const attempts = endpoint.calls.slice(before).filter(isAimedAt).length;
    return { result, durationMs: performance.now() - start, attempts };
  } finally {
    endpoint.onCall = undefined;
  }
};

const isStillThere = (times: Times, ms: number): boolean =>
  times === 'always' || (typeof times === 'object' && ms < times.seconds * 1_000);

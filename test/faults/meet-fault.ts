// The calls of a trial that meet its fault.
import type { Call } from '../../local/aws/calls.ts';
import { isDataApi, isKeyFetch } from '../helpers/disturbances.ts';
import type { Service } from '../helpers/service.ts';
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

/** Lets the fault meet calls until `action` has ended; the first that it may meet is one of `isFirst`. */
export const meetFault = async <Result>(
  { aws, withFault }: Service,
  { on, times, faultCase }: FaultTrial,
  action: () => Promise<Result>,
  isFirst: (call: Call) => boolean = () => true,
): Promise<Met<Result>> => {
  const isAimedAt = on === 'the Data API' ? isDataApi : isKeyFetch;
  let firstAt: number | undefined;
  const isMet = (call: Call): boolean => {
    if (!isAimedAt(call)) {
      return false;
    }
    if (firstAt !== undefined) {
      return isStillThere(times, performance.now() - firstAt);
    }
    firstAt = isFirst(call) ? performance.now() : undefined;
    return firstAt !== undefined;
  };
  const before = aws.calls.length;
  const start = performance.now();
  const result = await withFault(isMet, faultCase.fault, action);
  const durationMs = performance.now() - start;
  return { result, durationMs, attempts: aws.calls.slice(before).filter(isAimedAt).length };
};

const isStillThere = (times: Times, ms: number): boolean =>
  times === 'always' || (typeof times === 'object' && ms < times.seconds * 1_000);

// One operation under one fault: what is answered, how many calls it took, how long, and what has become of the pick.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Service } from '../helpers/service.ts';
import { describeTimes } from './faults.ts';
import { type FaultTrial, meetFault } from './meet-fault.ts';
import { type Answered, ask, type OperationName, pickOf, prepare } from './operations.ts';

export interface Tried {
  /** `200`, or status and code, or the name of the error, or `ok`. */
  shown: string;
  attempts: number;
  durationMs: number;
  /** What has become of the pick, or of the fleet; an empty string where all is as it was. */
  changed: string;
}

interface Trial extends FaultTrial {
  operation: OperationName;
}

/** Tries it, and makes every claim of the contract. */
export const tryFault = async (service: Service, trial: Trial): Promise<Tried> => {
  const { operation, on } = trial;
  const id = await prepare(service);
  if (on === 'Secrets Manager') {
    await service.coldStart();
  }
  const before = service.aws.calls.length;
  const { result, ...met } = await meetFault(service, trial, () => ask(service, operation, id));

  const changed = await pickOf(service, id);
  await allEnded(service, before);
  expect(await pickOf(service, id), 'The pick changed after the answer').toBe(changed);
  const tried = { ...met, shown: result.shown, changed };
  expectContract(trial, result.kind, tried);
  return tried;
};

/** Waits for the calls that go on behind an answer: twelve seconds at the most, as the longest fault. */
const allEnded = async ({ aws }: Service, first: number): Promise<void> => {
  const until = Date.now() + 15_000;
  const pending = () => aws.calls.slice(first).filter(({ outcome }) => outcome === 'pending').length;
  while (pending() > 0) {
    expect(Date.now(), `${pending()} calls have not ended`).toBeLessThan(until);
    await wait(20);
  }
};

const expectContract = (trial: Trial, answered: Answered['kind'], tried: Tried): void => {
  const { operation, times, faultCase } = trial;
  const { shown, durationMs, changed, attempts } = tried;
  const told = `${operation}, ${faultCase.name}, ${describeTimes(times)}: ${shown}, ${attempts} attempts, ${changed}`;
  expect(durationMs, told).toBeLessThan(30_000);
  const expected = operation === 'PUT' ? 'saved' : operation === 'clear' ? 'cleared' : '';
  if (answered === 'ok') {
    expect(changed, told).toBe(expected);
  }
  if (answered === 'failed') {
    expect(changed, told).toBe('');
  }
  expect(['', expected], told).toContain(changed);
  expect(allowedAnswers(trial), told).toContain(answered);
};

/** A read is repeated where a write may not be; a key is fetched once more where the first fetch failed. */
const allowedAnswers = ({ operation, on, times, faultCase: { kind } }: Trial): Answered['kind'][] => {
  const needsNoKey = on === 'Secrets Manager' && operation === 'clear';
  if (kind === 'harmless' || needsNoKey) {
    return ['ok'];
  }
  if (kind === 'refused') {
    return on === 'Secrets Manager' && times === 'once' ? ['failed', 'ok'] : ['failed'];
  }
  // What lasts for a second may be over at the last attempt.
  if (typeof times === 'object') {
    return times.seconds < 2 ? ['ok', 'unavailable'] : ['unavailable'];
  }
  if (times === 'always' || kind === 'later') {
    return ['unavailable'];
  }
  const isRead = operation === 'GET' || operation === 'provision';
  return isRead ? ['ok'] : ['ok', 'unavailable'];
};

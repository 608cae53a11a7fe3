// One operation under one fault: what is answered, how many calls it took, how long, and what has become of the pick.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { isDataApi, isKeyFetch } from '../helpers/disturbances.ts';
import type { Service } from '../helpers/service.ts';
import type { FaultCase } from './faults.ts';
import { type Answered, ask, type OperationName, pickOf, prepare } from './operations.ts';

export interface Tried extends Answered {
  attempts: number;
  durationMs: number;
  pick: 'kept' | 'saved' | 'cleared';
}

export interface Trial {
  operation: OperationName;
  on: 'the Data API' | 'Secrets Manager';
  times: 'once' | 'always';
  faultCase: FaultCase;
}

/** Tries it, and makes every claim of the contract. */
export const tryFault = async (service: Service, trial: Trial): Promise<Tried> => {
  const { operation, on, times, faultCase } = trial;
  const isAimedAt = on === 'the Data API' ? isDataApi : isKeyFetch;
  const id = await prepare(service);
  if (on === 'Secrets Manager') {
    await service.coldStart();
  }
  const before = service.endpoint.calls.length;
  let met = 0;
  service.endpoint.onCall = (call) => {
    met += isAimedAt(call) ? 1 : 0;
    return isAimedAt(call) && (times === 'always' || met === 1) ? faultCase.fault : undefined;
  };
  const start = performance.now();
  const answered = await ask(service, operation, id);
  const durationMs = performance.now() - start;
  service.endpoint.onCall = undefined;
  const attempts = service.endpoint.calls.slice(before).filter(isAimedAt).length;

  const pick = await pickOf(service, id);
  await allEnded(service, before);
  expect(await pickOf(service, id), 'The pick changed after the answer').toBe(pick);
  expectContract(trial, { ...answered, attempts, durationMs, pick });
  return { ...answered, attempts, durationMs, pick };
};

/** Waits for the calls that go on behind an answer: twelve seconds at the most, as the longest fault. */
const allEnded = async ({ endpoint }: Service, first: number): Promise<void> => {
  const until = Date.now() + 15_000;
  const pending = () => endpoint.calls.slice(first).filter(({ outcome }) => outcome === 'pending').length;
  while (pending() > 0) {
    expect(Date.now(), `${pending()} calls have not ended`).toBeLessThan(until);
    await wait(20);
  }
};

const expectContract = (trial: Trial, { kind: answered, shown, durationMs, pick, attempts }: Tried): void => {
  const { operation, times, faultCase } = trial;
  const told = `${operation}, ${faultCase.name}, ${times}: ${shown}, ${attempts} attempts, ${pick}`;
  expect(durationMs, told).toBeLessThan(30_000);
  const expected = operation === 'PUT' ? 'saved' : operation === 'clear' ? 'cleared' : 'kept';
  if (answered === 'ok') {
    expect(pick, told).toBe(expected);
  }
  if (answered === 'failed') {
    expect(pick, told).toBe('kept');
  }
  expect(['kept', expected], told).toContain(pick);
  expect(allowedAnswers(trial, attempts), told).toContain(answered);
};

/** A read is repeated where a write may not be; a key is fetched once more where the first fetch failed. */
const allowedAnswers = (
  { operation, on, times, faultCase: { kind } }: Trial,
  attempts: number,
): Answered['kind'][] => {
  if (attempts === 0 || kind === 'harmless') {
    return ['ok'];
  }
  if (kind === 'refused') {
    return on === 'Secrets Manager' && times === 'once' ? ['failed', 'ok'] : ['failed'];
  }
  if (times === 'always' || kind === 'later') {
    return ['unavailable'];
  }
  const isRead = operation === 'GET' || operation === 'provision';
  return isRead ? ['ok'] : ['ok', 'unavailable'];
};

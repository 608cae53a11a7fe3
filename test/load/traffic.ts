// Reads, saves and clears of many callers at once, with faults of AWS beside them, noted as histories of workspaces.
import fc from 'fast-check';
import * as z from 'zod';
import type { Fault } from '../../local/aws/faults.ts';
import { isDataApi } from '../helpers/disturbances.ts';
import type { HttpAnswer, Service } from '../helpers/service.ts';
import { CLEARED, type Operation } from './register.ts';

/** `sure`: the call has not happened. `ambiguous`: it has, or will, and its caller does not know. */
export type FaultKind = 'none' | 'sure' | 'ambiguous';

export interface TrafficOptions {
  inFlight: number;
  workspaces: number;
  requests: number;
  faults: FaultKind;
  /** The part of Data API calls that go wrong, of 1. */
  faultShare: number;
  seed: number;
}

export interface Traffic {
  histories: Map<string, Operation[]>;
  /** Answers by status. */
  answers: Map<number, number>;
  /** Milliseconds of each request. */
  durations: number[];
}

const FAULTS: Record<FaultKind, readonly Fault[]> = {
  none: [],
  sure: [
    { kind: 'error', name: 'ThrottlingException', status: 400 },
    { kind: 'error', name: 'DatabaseResumingException', status: 400 },
    { kind: 'dropped-request' },
    { kind: 'dropped-request', reset: true },
  ],
  ambiguous: [
    { kind: 'lost-response' },
    { kind: 'lost-response', reset: true },
    { kind: 'truncated-answer', bytes: 5 },
    { kind: 'answer', status: 500, after: true },
    { kind: 'answer', status: 502, body: '<html></html>', contentType: 'text/html', after: true },
    { kind: 'answer', status: 200, after: true },
    { kind: 'delay', ms: 1_000 },
    { kind: 'delay', ms: 1_000, after: true },
  ],
};

const Read = z.object({ model: z.string() });

export const runTraffic = async (service: Service, options: TrafficOptions): Promise<Traffic> => {
  const ids = await Promise.all(Array.from({ length: options.workspaces }, () => service.addWorkspace()));
  const traffic: Traffic = {
    histories: new Map(ids.map((id) => [id, []])),
    answers: new Map(),
    durations: [],
  };
  const requests = plannedRequests(options).entries();
  const caller = async () => {
    for (const [index, { workspace, kind }] of requests) {
      const id = ids[workspace] ?? '';
      const value = kind === 'save' ? `vendor/m-${options.seed}-${index}` : CLEARED;
      const start = performance.now();
      const answer = await (kind === 'read' ? service.get(id) : service.put(id, value));
      const operation = operationOf(kind, value, answer, start, performance.now());
      traffic.answers.set(answer.status, (traffic.answers.get(answer.status) ?? 0) + 1);
      traffic.durations.push(performance.now() - start);
      traffic.histories.get(id)?.push(...operation);
    }
  };
  service.aws.onCall = faultsOf(options);
  try {
    await Promise.all(Array.from({ length: options.inFlight }, caller));
  } finally {
    service.aws.onCall = undefined;
  }
  return traffic;
};

/** A read that failed saw nothing; a write that failed may have taken effect before its answer. */
const operationOf = (
  kind: string,
  value: string,
  { status, text }: HttpAnswer,
  start: number,
  end: number,
): Operation[] => {
  if (kind !== 'read') {
    return [{ kind: 'write', value, start, end, unsure: status !== 200 }];
  }
  return status === 200 ? [{ kind: 'read', value: Read.parse(JSON.parse(text)).model, start, end }] : [];
};

const plannedRequests = ({ requests, workspaces, seed }: TrafficOptions) =>
  fc.sample(
    fc.record({
      workspace: fc.nat({ max: workspaces - 1 }),
      kind: fc.constantFrom('read', 'read', 'read', 'read', 'save', 'save', 'save', 'save', 'clear'),
    }),
    { numRuns: requests, seed },
  );

const faultsOf = ({ faults, faultShare, requests, seed }: TrafficOptions): Service['aws']['onCall'] => {
  const kinds = FAULTS[faults];
  if (kinds.length === 0) {
    return undefined;
  }
  const planned = fc.sample(
    fc.record({ lot: fc.double({ min: 0, max: 1, noNaN: true }), fault: fc.constantFrom(...kinds) }),
    { numRuns: requests * 4, seed: seed + 1 },
  );
  let calls = 0;
  return (call) => {
    const { lot, fault } = planned[isDataApi(call) ? calls++ % planned.length : 0] ?? { lot: 1 };
    return isDataApi(call) && lot < faultShare ? fault : undefined;
  };
};

// 64 to 1,500 requests in flight, over few and many workspaces, with every kind of fault: each history is explained, and
// memory stays as it is.
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectLinearizable } from '../helpers/histories.ts';
import { type Service, startService } from '../helpers/service.ts';
import { type FaultKind, runTraffic, type Traffic } from './traffic.ts';

const REPORT = new URL('../../docs/load.md', import.meta.url);
const LEAST_REQUESTS = 1_000;
const MEBIBYTE = 1_024 * 1_024;

const scenarios = [64, 500, 1_500].flatMap((inFlight) =>
  [10, 500].flatMap((workspaces) =>
    (['none', 'sure', 'ambiguous'] as const).map((faults) => ({ inFlight, workspaces, faults })),
  ),
);

let service: Service;
let collectGarbage: () => void;
const rows: string[] = [];
/** MiB in use after each scenario. */
const used: number[] = [];

beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc');
  // Calls and logs would be kept otherwise, and be counted as a leak.
  service = await startService({ keepCalls: false });
});

afterAll(() => service.close());

it.each(scenarios)(
  'explains $inFlight requests in flight over $workspaces workspaces, with faults of the kind $faults',
  async ({ inFlight, workspaces, faults }) => {
    const traffic = await runTraffic(service, {
      inFlight,
      workspaces,
      // As many again come while the first ones are on their way.
      requests: Math.max(LEAST_REQUESTS, 2 * inFlight),
      faults,
      faultShare: faults === 'none' ? 0 : 0.15,
      seed: inFlight + workspaces,
    });

    collectGarbage();
    used.push(process.memoryUsage().rss / MEBIBYTE);
    expectLinearizable(traffic);
    rows.push(rowOf(inFlight, workspaces, faults, traffic));
  },
);

it('keeps no more memory after all requests than after the first with as many in flight', () => {
  expect(rows).toHaveLength(scenarios.length);
  writeFileSync(REPORT, report());
  const [first = 0, ...later] = used.slice(scenarios.findIndex(({ inFlight }) => inFlight === 1_500));
  expect(Math.min(...later.slice(-3))).toBeLessThan(first * 1.3);
});

const rowOf = (inFlight: number, workspaces: number, faults: FaultKind, traffic: Traffic): string => {
  const { answers, durations } = traffic;
  const sorted = durations.toSorted((one, other) => one - other);
  const at = (part: number) => `${((sorted[Math.floor(sorted.length * part)] ?? 0) / 1_000).toFixed(2)} s`;
  const cells = [
    inFlight,
    workspaces,
    faults,
    answers.get(200) ?? 0,
    answers.get(503) ?? 0,
    at(0.5),
    at(0.99),
  ];
  return `| ${cells.join(' | ')} |`;
};

const report = (): string => `# Load and linearizability

\`npm run test:load\` writes this page. On the local stack, ${LEAST_REQUESTS} requests for each row, or twice as many as are in
flight, are made by so many callers at once: 4 of 9 read, 4 save and 1 clears. Each workspace's history is checked as that of a
register: a save or clear answered 200 took effect at one moment between its start and its answer, one answered 503 did so
before its answer or never, and each read saw the last one before it. Every history of every row is explained by such an
order. Of the Data API calls 15 % go
wrong where faults are on: \`sure\` ones have not happened, \`ambiguous\` ones have or will, and the caller does not know.

| requests in flight | workspaces | faults | answered 200 | answered 503 | median | slowest 1 % from |
|---|---|---|---|---|---|---|
${rows.join('\n')}

Memory of the whole stack after each row, in MiB: ${used.map((size) => size.toFixed(0)).join(', ')}.
`;

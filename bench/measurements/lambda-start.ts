// A cold start as on Lambda: TLS 1.3 over a network with a round trip, a whole CPU while the module loads, and from the event on
// the share of one that a function of 1,024 MB has.
import { contestantsOf } from '../contestants.ts';
import type { Measurement, Row } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import type { ColdStart } from '../runtime/cold-start.ts';
import { openCpuShare } from '../runtime/cpu-share.ts';
import { startTlsProxy } from '../service/tls-proxy.ts';
import { aboveEmpty, startOnce } from '../starts.ts';
import { compare, spreadOf } from '../statistics.ts';

/** A function gets a whole CPU at 1,769 MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const SHARE = 1_024 / 1_769;
const ROUNDS = { warmUp: 2, rounds: 20 };
const PEERS = [
  'two-clients',
  'two-clients-two-calls',
  'two-clients-bundled',
  'usual-parts',
  'hand-signed',
] as const;
const NAMES = ['ours', 'empty', ...PEERS] as const;

/** Milliseconds, with what the start above the empty handler must be of two plain clients. */
const ROUND_TRIPS = new Map([
  [2, { atMost: 0.62 }],
  [10, { atMost: 0.48 }],
]);

export const lambdaStart: Measurement = {
  name: 'lambda-start',
  measure: async (bench) => {
    const proxy = await startTlsProxy(bench.stack.awsUrl, [...ROUND_TRIPS.keys()], bench.directory);
    const cpu = openCpuShare(SHARE);
    console.error(`From the event on, a function has ${SHARE.toFixed(2)} of a CPU: ${cpu.means}.`);
    try {
      const rows: Row[] = [];
      for (const [roundTripMs, target] of ROUND_TRIPS) {
        const contestants = contestantsOf(bench);
        const overTls = {
          AWS_ENDPOINT_URL_RDS_DATA: proxy.urls.get(roundTripMs) ?? '',
          AWS_ENDPOINT_URL_SECRETS_MANAGER: proxy.urls.get(roundTripMs) ?? '',
          NODE_EXTRA_CA_CERTS: proxy.rootFile,
        };
        const overNetwork = (name: Name) => {
          const contestant = contestants[name];
          return { ...contestant, environment: { ...contestant.environment, ...overTls } };
        };
        const starts = await inRounds(
          NAMES,
          ROUNDS,
          (name) => startOnce(bench, overNetwork(name), cpu.limit),
          bench.progress,
        );
        rows.push(...rowsOf(starts, `${roundTripMs} ms`, target));
      }
      return rows;
    } finally {
      cpu.close();
      await proxy.close();
    }
  },
};

type Name = (typeof NAMES)[number];

const rowsOf = (starts: (name: Name) => ColdStart[], network: string, target: Row['target']): Row[] => {
  const above = (name: Name) => aboveEmpty(starts(name), starts('empty'));
  const part = (name: Name, which: 'initMs' | 'invocationMs') =>
    spreadOf(starts(name).map((started) => started[which]));
  return [
    ...PEERS.map((name) =>
      compare(
        `Lambda-like start above empty, ${network}`,
        'ms',
        above('ours'),
        { name, figure: above(name) },
        name === 'two-clients' ? target : undefined,
      ),
    ),
    ...(['two-clients', 'hand-signed'] as const).flatMap((name) => [
      compare(`Lambda-like start, INIT, ${network}`, 'ms', part('ours', 'initMs'), {
        name,
        figure: part(name, 'initMs'),
      }),
      compare(`Lambda-like start, first invocation, ${network}`, 'ms', part('ours', 'invocationMs'), {
        name,
        figure: part(name, 'invocationMs'),
      }),
    ]),
  ];
};

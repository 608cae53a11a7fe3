// What callers of the API notice of a rename: their latencies before and after it, and while it goes on.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Bench, Row } from '../measurement.ts';
import { type StackProcess, startStackProcess } from '../service/stack-process.ts';
import { compare, exactly, quantile } from '../statistics.ts';
import { type LegacyFleet, query } from './legacy-fleet.ts';
import { type MigrateRun, runMigrate } from './run-migrate.ts';
import { type Call, calls } from './traffic-messages.ts';

const PROCESS = fileURLToPath(new URL('./traffic-process.ts', import.meta.url));
const WARM_UP_MS = 5_000;
/** Before the rename, and again after it. */
const QUIET_MS = 20_000;
const CALLED_WORKSPACES = 20_000;

const Ids = z.array(z.object({ id: z.string() }));

export const measureLiveTraffic = (bench: Bench, { encryptionKey, withCopy }: LegacyFleet): Promise<Row[]> =>
  withCopy(async (databaseUrl) => {
    const stack = await startStackProcess(
      {
        databaseUrl,
        encryptionKey,
        workspaceIds: await idsOf(databaseUrl),
      },
      false,
    );
    try {
      return await rowsOf(bench, stack);
    } finally {
      await stack.close();
    }
  });

const idsOf = async (databaseUrl: string): Promise<string[]> =>
  Ids.parse(
    await query(databaseUrl, `SELECT id FROM workspaces ORDER BY random() LIMIT ${CALLED_WORKSPACES}`),
  ).map(({ id }) => id);

const rowsOf = async (bench: Bench, stack: StackProcess): Promise<Row[]> => {
  const traffic = beginTraffic(stack);
  await wait(WARM_UP_MS);
  const quietFrom = Date.now();
  await wait(QUIET_MS);
  const run = await runMigrate(bench, stack);
  const quietAgainFrom = Date.now();
  await wait(QUIET_MS);
  const met = await traffic.stop();
  if (met.some(({ failed }) => failed)) {
    throw new Error('A call failed while rows were renamed.');
  }

  const during = met.filter((call) => isWithin(call, run));
  const quiet = met.filter(
    ({ began }) => (began >= quietFrom && began < run.began) || began >= quietAgainFrom,
  );
  return [p99Row(during, quiet)];
};

const beginTraffic = ({ awsUrl, workspaceIds }: StackProcess) => {
  const child = fork(PROCESS);
  child.send({ awsUrl, workspaceIds });
  return {
    stop: async (): Promise<Call[]> => {
      child.send('stop');
      const [message] = await once(child, 'message');
      return calls.parse(message);
    },
  };
};

const isWithin = ({ began, ms }: Call, run: MigrateRun): boolean =>
  began + ms > run.began && began < run.ended;

const p99Row = (during: Call[], quiet: Call[]): Row =>
  compare(
    'get and set while rows are renamed, p99',
    'ms',
    p99(during),
    { name: 'before and after', figure: p99(quiet) },
    { atMost: 2 },
  );

const p99 = (met: Call[]) =>
  exactly(
    quantile(
      met.map(({ ms }) => ms).toSorted((a, b) => a - b),
      0.99,
    ),
  );

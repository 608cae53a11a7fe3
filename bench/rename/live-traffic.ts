// What callers of the API notice of a rename: their latencies before and after it, and while it goes on. The functions answer
// meanwhile where rows are renamed again, since the rename's constraint was lost; in a first deploy they are closed.
import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { RENAME_CONSTRAINT } from '../../functions/database/rename-constraint.ts';
import type { Bench, Row } from '../measurement.ts';
import { nextMessage } from '../runtime/next-message.ts';
import { type StackProcess, startStackProcess } from '../service/stack-process.ts';
import { compare, exactly, quantile } from '../statistics.ts';
import { type LegacyFleet, query } from './legacy-fleet.ts';
import { deployNewest } from './run-migrate.ts';
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

/** The legacy rows come after the first deploy, in which a tool of the platform's has dropped what keeps them out. */
const deployBeforeRows = async (bench: Bench, stack: StackProcess): Promise<void> => {
  await query(stack.databaseUrl, `UPDATE workspace_secrets SET key = 'PARKED' WHERE key = 'MODEL_PROVIDER'`);
  await deployNewest(bench, stack);
  await query(
    stack.databaseUrl,
    `ALTER TABLE workspace_secrets DROP CONSTRAINT "${RENAME_CONSTRAINT}"`,
    `UPDATE workspace_secrets SET key = 'MODEL_PROVIDER' WHERE key = 'PARKED'`,
    'VACUUM ANALYZE workspace_secrets',
  );
};

const rowsOf = async (bench: Bench, stack: StackProcess): Promise<Row[]> => {
  await deployBeforeRows(bench, stack);
  const traffic = beginTraffic(stack);
  await wait(WARM_UP_MS);
  const quietFrom = Date.now();
  await wait(QUIET_MS);
  const deploy = await deployNewest(bench, stack);
  await wait(QUIET_MS);
  const met = await traffic.stop();
  const failed = met.find(({ statusCode }) => statusCode !== 200);
  if (failed !== undefined) {
    throw new Error(`A call was answered ${failed.statusCode} while rows were renamed.`);
  }

  const during = met.filter(({ began, ms }) => began + ms > deploy.began && began < deploy.ended);
  const quiet = met.filter(
    ({ began }) => (began >= quietFrom && began < deploy.began) || began >= deploy.ended,
  );
  return [p99Row(during, quiet)];
};

const beginTraffic = ({ awsUrl, workspaceIds }: StackProcess) => {
  const child = fork(PROCESS);
  child.send({ awsUrl, workspaceIds });
  return {
    stop: async (): Promise<Call[]> => {
      child.send('stop');
      return calls.parse(await nextMessage(child, 'The callers'));
    },
  };
};

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

// One deploy's rename: migrate, as it is deployed, against the local stack over one database.
import { fork } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { NEEDED_VERSION } from '../../functions/database/pick-sql.ts';
import { RENAME_VERSION } from '../../functions/database/rename-constraint.ts';
import { BASELINE } from '../../lib/project.ts';
import type { Bench } from '../measurement.ts';
import { nextMessage } from '../runtime/next-message.ts';
import type { StackProcess } from '../service/stack-process.ts';
import { query } from './legacy-fleet.ts';

const PROCESS = fileURLToPath(new URL('./migrate-process.mjs', import.meta.url));
/** What Lambda's runtime sets for a function of 512 MB, as this one is: a tenth of it for young objects. */
const LAMBDA_HEAP = ['--max-semi-space-size=25', '--max-old-space-size=460'];

const Message = z.object({ peakMegabytes: z.number() });
const Times = z.tuple([z.object({ began: z.number(), ended: z.number() })]);

export interface MigrateRun {
  /** When the first migration began and the last one ended (ms since the epoch), by the ledger. */
  began: number;
  ended: number;
  /** Of the whole process, with the report that follows the rename. */
  peakMegabytes: number;
}

type Stack = Pick<StackProcess, 'variables' | 'databaseUrl'>;

export const runMigrate = async (bench: Bench, stack: Stack): Promise<MigrateRun> => {
  const { peakMegabytes } = await invokeMigrate(bench, stack, RENAME_VERSION);
  const [times] = Times.parse(
    await query(
      stack.databaseUrl,
      `SELECT extract(epoch FROM min(started_at))::float * 1000 AS began,
              extract(epoch FROM max(finished_at))::float * 1000 AS ended FROM workspace_model_migrations`,
    ),
  );
  return { ...times, peakMegabytes };
};

/** @returns when it was asked, and when it had answered (ms since the epoch) */
export const deployNewest = async (bench: Bench, stack: Stack): Promise<{ began: number; ended: number }> => {
  const began = Date.now();
  await invokeMigrate(bench, stack, NEEDED_VERSION);
  return { began, ended: Date.now() };
};

export const undoMigrations = async (bench: Bench, stack: Stack): Promise<void> => {
  await invokeMigrate(bench, stack, BASELINE);
};

const invokeMigrate = async ({ functions }: Bench, { variables }: Stack, TargetVersion: string) => {
  const event = {
    RequestType: 'Update',
    RequestId: crypto.randomUUID(),
    ResourceProperties: { TargetVersion, ExistingDatabase: 'true' },
  };
  const child = fork(PROCESS, [functions.migrate, JSON.stringify(event)], {
    env: { ...variables.migrate, LAMBDA_TASK_ROOT: dirname(functions.migrate) },
    execArgv: LAMBDA_HEAP,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return Message.parse(await nextMessage(child, 'migrate'));
};

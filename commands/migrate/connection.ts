// Which database the command works on.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod/mini';
import { type Execute, executeWith } from '../../functions/database/client.ts';
import {
  errorName,
  isUnavailable,
  RESUMING,
  reasonOf,
  SQLSTATE,
  sqlStateOf,
} from '../../functions/database/failures.ts';
import { type Migration, readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { unavailableLimitOf } from '../../functions/migration/retry.ts';
import { UsageError } from '../command.ts';

const CLUSTER_ARN = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster:[\w-]+$/;
const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** What the running local stack writes about itself. */
const Endpoints = z.object({
  aws: z.string(),
  region: z.string(),
  clusterArn: z.string(),
  databaseSecretArn: z.string(),
  databaseName: z.string(),
});

export interface ConnectionFlags {
  clusterArn: string | undefined;
  secretArn: string | undefined;
  database: string | undefined;
}

export interface Connection {
  execute: Execute;
  migrations: Migration[];
}

/** @throws UsageError where the flags are incomplete, or no local stack is running */
export const connectTo = (flags: ConnectionFlags): Connection => ({
  execute: tellingWaits(Object.values(flags).every((flag) => flag === undefined) ? local() : cluster(flags)),
  migrations: readMigrationFiles(MIGRATIONS),
});

/** Says once of each kind why nothing seems to happen: what may pass by itself is waited for. */
const tellingWaits = (execute: Execute): Execute => {
  const told = new Set<string>();
  return async (statement) => {
    try {
      return await execute(statement);
    } catch (error) {
      const reason = waitReason(error);
      if (reason !== undefined && !told.has(reason)) {
        told.add(reason);
        console.error(reason);
      }
      throw error;
    }
  };
};

const waitReason = (error: unknown): string | undefined => {
  if (isUnavailable(error)) {
    const state =
      errorName(error) === RESUMING
        ? 'The database is resuming from its pause'
        : `The database is out of reach (${reasonOf(error)})`;
    return `${state}; trying again for up to ${unavailableLimitOf(error).text} …`;
  }
  if (sqlStateOf(error) === SQLSTATE.lockNotAvailable) {
    return 'Another session has locked the table; trying again for up to 2 minutes …';
  }
  return undefined;
};

const cluster = ({ clusterArn, secretArn, database }: ConnectionFlags): Execute => {
  if (clusterArn === undefined || secretArn === undefined || database === undefined) {
    throw new UsageError('A real cluster needs all of --cluster-arn, --secret-arn and --database.');
  }
  const region = CLUSTER_ARN.exec(clusterArn)?.[1];
  if (region === undefined) {
    throw new UsageError('--cluster-arn must look like arn:aws:rds:<region>:<account>:cluster:<name>.');
  }
  return executeWith(new RDSDataClient({ region }), { clusterArn, secretArn, name: database });
};

const local = (): Execute => {
  const { aws, region, clusterArn, databaseSecretArn, databaseName } = readEndpoints();
  const client = new RDSDataClient({
    endpoint: aws,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return executeWith(client, { clusterArn, secretArn: databaseSecretArn, name: databaseName });
};

const readEndpoints = (): z.infer<typeof Endpoints> => {
  const file = `${process.env['LOCAL_DIR'] ?? '.local'}/endpoints.json`;
  try {
    return Endpoints.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UsageError(
      `No local stack is running (${file} cannot be read). Run "npm start" first, or name a cluster: --cluster-arn, --secret-arn, --database.`,
      { cause },
    );
  }
};

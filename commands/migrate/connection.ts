// Which database the command works on.
import { fileURLToPath } from 'node:url';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
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
import { localTarget, ownerOf, stackTarget } from '../endpoints.ts';

const CLUSTER_ARN = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster:[\w-]+$/;
const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url));

export interface ConnectionFlags {
  /** A deployed stack by its name. */
  stack: string | undefined;
  clusterArn: string | undefined;
  secretArn: string | undefined;
  database: string | undefined;
}

export interface Connection {
  execute: Execute;
  migrations: Migration[];
}

/** @throws UsageError where the flags are incomplete or contradict each other, or no local stack is running */
export const connectTo = async (flags: ConnectionFlags): Promise<Connection> => ({
  execute: tellingWaits(await executeOf(flags)),
  migrations: readMigrationFiles(MIGRATIONS),
});

const executeOf = async ({ stack, ...arns }: ConnectionFlags): Promise<Execute> => {
  const namesCluster = Object.values(arns).some((flag) => flag !== undefined);
  if (stack !== undefined && namesCluster) {
    throw new UsageError(
      'Name a stack or a cluster: --stack alone, or --cluster-arn, --secret-arn and --database.',
    );
  }
  return namesCluster
    ? cluster(arns)
    : ownerOf(stack === undefined ? localTarget() : await stackTarget(stack));
};

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

const cluster = ({ clusterArn, secretArn, database }: Omit<ConnectionFlags, 'stack'>): Execute => {
  if (clusterArn === undefined || secretArn === undefined || database === undefined) {
    throw new UsageError(
      'A real cluster needs all of --cluster-arn, --secret-arn and --database; or name the stack: --stack.',
    );
  }
  const region = CLUSTER_ARN.exec(clusterArn)?.[1];
  if (region === undefined) {
    throw new UsageError('--cluster-arn must look like arn:aws:rds:<region>:<account>:cluster:<name>.');
  }
  return executeWith(new RDSDataClient({ region }), { clusterArn, secretArn, name: database });
};

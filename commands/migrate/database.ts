// Which database the command works on.
import type { Move } from '../../functions/contract.ts';
import type { Execute } from '../../functions/database/client.ts';
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
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import { UsageError } from '../command.ts';
import { describeTarget, executeFrom, ownerOf, useSecretsOf } from '../target.ts';
import { targetOf } from '../target-of.ts';
import { type JoiningDeploy, readNextDeploy } from './next-deploy.ts';

const CLUSTER_ARN = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster:[\w-]+$/;
const UNTIL_CREATED =
  ' Until then, name the cluster: --cluster-arn, --secret-arn and --database; or for "plan" and "up" the next deploy: --deploy.';

export interface DatabaseFlags {
  /** A deployed stack by its name. */
  stack: string | undefined;
  clusterArn: string | undefined;
  secretArn: string | undefined;
  database: string | undefined;
  /** Whether it is the cluster that the next deploy joins, by cdk.json and `context`. */
  deploy: boolean;
  /** `key=value`, as `cdk deploy` takes them. */
  context: string[];
}

export interface DatabaseToMigrate {
  execute: Execute;
  /** Whose database it is, for a sentence. */
  where: string;
  migrations: Migration[];
  /** What a deploy brings to the database, as far as it is known. */
  deploy: PlannedDeploy;
}

export interface PlannedDeploy {
  stackName?: string;
  encryptionKeySecretArn?: string;
  /** Whether the deploy makes a key of its own. */
  makesKey?: boolean;
  allowedMoves: readonly Move[];
  /** Instead of the newest version. */
  targetVersion?: string;
}

/** @throws UsageError where the flags are incomplete or contradict each other, or no local stack is running */
export const databaseFrom = async (flags: DatabaseFlags): Promise<DatabaseToMigrate> => {
  const { execute, ...rest } = await namedBy(flags);
  return { ...rest, execute: printingWaits(execute), migrations: readMigrationFiles(MIGRATIONS_DIRECTORY) };
};

const namedBy = async (flags: DatabaseFlags): Promise<Omit<DatabaseToMigrate, 'migrations'>> => {
  const { stack, clusterArn, secretArn, database, deploy, context } = flags;
  const namesCluster = (clusterArn ?? secretArn ?? database) !== undefined;
  const namesDeploy = deploy || context.length > 0;
  if ([stack !== undefined, namesCluster, namesDeploy].filter(Boolean).length > 1) {
    throw new UsageError(
      'Name a stack, a cluster or the next deploy: --stack alone, or --cluster-arn, --secret-arn and --database, or --deploy with -c.',
    );
  }
  if (namesDeploy) {
    return joinedBy(readNextDeploy(context));
  }
  if (namesCluster) {
    return {
      execute: cluster({ clusterArn, secretArn, database }),
      where: `the cluster ${clusterArn}`,
      deploy: { allowedMoves: [] },
    };
  }
  const target = await targetOf(stack, UNTIL_CREATED);
  useSecretsOf(target);
  const { encryptionKeySecretArn } = target;
  return {
    execute: ownerOf(target),
    where: describeTarget(target),
    deploy: { encryptionKeySecretArn, allowedMoves: [], ...(stack !== undefined && { stackName: stack }) },
  };
};

const joinedBy = ({
  database,
  encryptionKey,
  keys,
}: JoiningDeploy): Omit<DatabaseToMigrate, 'migrations'> => {
  const { clusterArn, secretArn, name } = database;
  const [, , , region = ''] = clusterArn.split(':');
  useSecretsOf({ clientConfig: { region } });
  return {
    execute: cluster({ clusterArn, secretArn, database: name }),
    where: `the cluster ${clusterArn}`,
    deploy: {
      stackName: keys.stackName,
      allowedMoves: keys.allowMove ?? [],
      ...(encryptionKey.kind === 'named'
        ? { encryptionKeySecretArn: encryptionKey.arn }
        : { makesKey: true }),
      ...(keys.targetVersion !== undefined && { targetVersion: keys.targetVersion }),
    },
  };
};

/** Says once of each kind why nothing seems to happen: what may pass by itself is waited for. */
const printingWaits = (execute: Execute): Execute => {
  const printed = new Set<string>();
  return async (statement) => {
    try {
      return await execute(statement);
    } catch (error) {
      const reason = waitReason(error);
      if (reason !== undefined && !printed.has(reason)) {
        printed.add(reason);
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

const cluster = ({
  clusterArn,
  secretArn,
  database,
}: Pick<DatabaseFlags, 'clusterArn' | 'secretArn' | 'database'>): Execute => {
  if (clusterArn === undefined || secretArn === undefined || database === undefined) {
    throw new UsageError(
      'A real cluster needs all of --cluster-arn, --secret-arn and --database; or name the stack: --stack.',
    );
  }
  const region = CLUSTER_ARN.exec(clusterArn)?.[1];
  if (region === undefined) {
    throw new UsageError('--cluster-arn must look like arn:aws:rds:<region>:<account>:cluster:<name>.');
  }
  return executeFrom({ region }, { clusterArn, secretArn, name: database });
};

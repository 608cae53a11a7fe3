// The whole local stack over one PostgreSQL database: AWS endpoint, functions and HTTP API, ready to be used by a program.

import type { TransactionLimits } from './aws/data-api/transactions.ts';
import { AwsEndpoint } from './aws/endpoint.ts';
import {
  createFunction,
  type FunctionEnvironment,
  type FunctionName,
  functionNames,
  variablesOf,
} from './functions/service-functions.ts';
import { startHttpApi } from './http-api/start-http-api.ts';

export interface LocalStackOptions {
  /** postgresql://user:password@host:port/database, of the owner of the tables. */
  databaseUrl: string;
  /** The secret string: base64 of 32 bytes, or 32 bytes as they are. */
  encryptionKey: string;
  /** 0, the default, for any free port. */
  apiPort?: number;
  awsPort?: number;
  allowedModelIds?: string;
  migrationsDirectory?: string;
  /** A Secrets Manager to be asked for secrets that this stack did not make. */
  secretsEndpoint?: string | undefined;
  /** The Data API's limits, for tests that cannot wait for AWS's own: 45 s, 3 minutes and 24 hours. */
  statementTimeoutMs?: number;
  transactionLimits?: TransactionLimits;
  /** Instead of 30 s, and of 14 minutes for migrate. */
  functionTimeoutMs?: number;
  /** Whether `aws.calls` is filled. */
  keepCalls?: boolean;
  /** Is given everything that the functions print. */
  onLog?: (text: string) => void;
}

export type LocalStack = Awaited<ReturnType<typeof startLocalStack>>;

const REGION = 'us-east-1';
const ACCOUNT_ID = '000000000000';
const CLUSTER_ARN = `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:workspace-model`;
const SECRET_NAMES = {
  database: 'workspace-model/database',
  encryptionKey: 'workspace-model/encryption-key',
};
const AWS_TRANSACTION_LIMITS: TransactionLimits = { idleMs: 3 * 60_000, totalMs: 24 * 60 * 60_000 };

export const startLocalStack = async (options: LocalStackOptions) => {
  const database = new URL(options.databaseUrl);
  const functions: Record<string, ReturnType<typeof createFunction>> = {};
  const aws = await startEndpoint(options, functions);

  const facts = {
    region: REGION,
    clusterArn: CLUSTER_ARN,
    databaseSecretArn: aws.secrets.put(SECRET_NAMES.database, loginSecret(database)),
    databaseName: decodeURIComponent(database.pathname.slice(1)),
    encryptionKeySecretArn: aws.secrets.put(SECRET_NAMES.encryptionKey, options.encryptionKey),
  };
  const environment: FunctionEnvironment = {
    ...facts,
    awsUrl: aws.url,
    accountId: ACCOUNT_ID,
    allowedModelIds: options.allowedModelIds ?? '',
    ...(options.migrationsDirectory !== undefined && { migrationsDirectory: options.migrationsDirectory }),
    ...(options.functionTimeoutMs !== undefined && { timeoutMs: options.functionTimeoutMs }),
  };
  const onLog = options.onLog ?? (() => {});
  const create = (name: FunctionName) => {
    functions[name] = createFunction(name, environment, onLog);
    return functions[name];
  };
  const getModel = create(functionNames.getModel);
  const setModel = create(functionNames.setModel);
  const provision = create(functionNames.provision);
  const migrate = create(functionNames.migrate);

  const api = await startHttpApi({ port: options.apiPort ?? 0, getModel, setModel }).catch(
    async (error: unknown) => {
      await aws.close();
      throw error;
    },
  );
  return {
    ...facts,
    api: api.url,
    aws,
    functions: { getModel, setModel, provision, migrate },
    /** For a function that runs elsewhere. */
    variablesOf: (name: FunctionName) => variablesOf(name, environment),
    close: async () => {
      await Promise.all([api.close(), ...Object.values(functions).map((each) => each.kill())]);
      await aws.close();
    },
  };
};

const startEndpoint = (
  options: LocalStackOptions,
  functions: Record<string, ReturnType<typeof createFunction>>,
): Promise<AwsEndpoint> => {
  const { idleMs, totalMs } = options.transactionLimits ?? AWS_TRANSACTION_LIMITS;
  return AwsEndpoint.start({
    port: options.awsPort ?? 0,
    region: REGION,
    accountId: ACCOUNT_ID,
    clusterArn: CLUSTER_ARN,
    serverUrl: options.databaseUrl,
    functions,
    secretsEndpoint: options.secretsEndpoint,
    statementTimeoutMs: options.statementTimeoutMs ?? 45_000,
    transactionIdleMs: idleMs,
    transactionTotalMs: totalMs,
    keepCalls: options.keepCalls ?? false,
  });
};

/** In the form that RDS itself gives a cluster's secret. */
const loginSecret = (database: URL): string =>
  JSON.stringify({
    engine: 'postgres',
    host: database.hostname,
    port: Number(database.port || 5432),
    username: decodeURIComponent(database.username),
    password: decodeURIComponent(database.password),
    dbname: decodeURIComponent(database.pathname.slice(1)),
    dbClusterIdentifier: 'workspace-model',
  });

// The whole local stack over one PostgreSQL database: AWS endpoint, functions and HTTP API, ready to be used by a program.
import { createHash, createHmac } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { type FunctionName, functionNames, recordOf, routes } from '../functions/contract.ts';
import { type Execute, executeWith } from '../functions/database/client.ts';
import { arnOf, REGION } from './aws/account.ts';
import type { TransactionLimits } from './aws/data-api/transactions.ts';
import { AwsEndpoint } from './aws/endpoint.ts';
import type { KillableFunction, LocalFunction } from './aws/lambda/local-function.ts';
import { readMigrations } from './console/migrations.ts';
import { type ConsoleSource, consolePages } from './console/pages.ts';
import {
  DEFAULT_SETTINGS,
  type FunctionSettings,
  functionOptions,
  variablesOf,
} from './functions/service-functions.ts';
import { WorkerFunction, type WorkerFunctionOptions } from './functions/worker-function.ts';
import { startHttpApi } from './http-api/start-http-api.ts';
import { databaseName, type Login } from './support/database.ts';

export interface LocalStackOptions extends Partial<FunctionSettings> {
  /** postgresql://user:password@host:port/database, of the owner of the tables. */
  databaseUrl: string;
  /** Who the request functions log in as; migrate makes that user. One for this database and key unless given. */
  apiUser?: Login;
  /** The secret string: base64 of 32 bytes, or 32 bytes as they are. */
  encryptionKey: string;
  /** 0, the default, for any free port. */
  apiPort?: number;
  awsPort?: number;
  /** A Secrets Manager to be asked for secrets that this stack did not make. */
  secretsEndpoint?: string;
  /** Whether the console and the API's reference are served beside the API. */
  hasConsole?: boolean;
  /** The Data API's limits, for tests that cannot wait for AWS's own: 45 s, 3 minutes and 24 hours. */
  statementTimeoutMs?: number;
  transactionLimits?: TransactionLimits;
  /** Makes a function; in a worker thread unless given. */
  createFunction?: (options: WorkerFunctionOptions) => KillableFunction;
  /** Whether `aws.calls` is filled. */
  keepCalls?: boolean;
  /** Is given everything that the functions print. */
  onLog?: (text: string) => void;
}

export type LocalStack = Awaited<ReturnType<typeof startLocalStack>>;

const CLUSTER_ARN = arnOf('rds', 'cluster:workspace-model');
export const SECRET_NAMES = {
  database: 'workspace-model/database',
  apiUser: 'workspace-model/api-user',
  encryptionKey: 'workspace-model/encryption-key',
};
const AWS_TRANSACTION_LIMITS: TransactionLimits = { idleMs: 3 * 60_000, totalMs: 24 * 60 * 60_000 };

export const startLocalStack = async (options: LocalStackOptions) => {
  const database = new URL(options.databaseUrl);
  const apiUser = options.apiUser ?? apiUserOf(databaseName(database), options.encryptionKey);
  const aws = await AwsEndpoint.start({
    port: options.awsPort ?? 0,
    clusterArn: CLUSTER_ARN,
    serverUrl: options.databaseUrl,
    secretsEndpoint: options.secretsEndpoint,
    statementTimeoutMs: options.statementTimeoutMs ?? 45_000,
    transactionLimits: options.transactionLimits ?? AWS_TRANSACTION_LIMITS,
    keepCalls: options.keepCalls ?? false,
  });

  const facts = {
    region: REGION,
    clusterArn: CLUSTER_ARN,
    databaseSecretArn: aws.secrets.put(SECRET_NAMES.database, loginSecret(database)),
    apiUserSecretArn: aws.secrets.put(SECRET_NAMES.apiUser, JSON.stringify(apiUser)),
    databaseName: databaseName(database),
    encryptionKeySecretArn: aws.secrets.put(SECRET_NAMES.encryptionKey, options.encryptionKey),
  };
  const environment = { ...DEFAULT_SETTINGS, ...options, ...facts, awsUrl: aws.url };
  const onLog = options.onLog ?? (() => {});
  const createFunction = options.createFunction ?? ((settings) => new WorkerFunction(settings));
  const functions = recordOf(functionNames(), (name) =>
    createFunction(functionOptions(name, environment, onLog)),
  );
  for (const name of functionNames()) {
    aws.addFunction(name, functions[name]);
  }

  const executeAs = executorOf(aws.url, facts);
  const executeAsOwner = executeAs(facts.databaseSecretArn);
  const pages = options.hasConsole
    ? consolePages(consoleSource(executeAsOwner, functions.provision))
    : undefined;
  const api = await startHttpApi({
    port: options.apiPort ?? 0,
    routes: routes().map((route) => ({ ...route, target: functions[route.name] })),
    ...(pages && { pages }),
  }).catch(async (error: unknown) => {
    await aws.close();
    throw error;
  });
  return {
    ...facts,
    apiUser,
    api: api.url,
    aws,
    functions,
    /** Sends statements as the user in a secret. */
    executeAs,
    executeAsOwner,
    /** For a function that runs elsewhere. */
    variablesOf: (name: FunctionName) => variablesOf(name, environment),
    close: async () => {
      await Promise.all([api.close(), ...Object.values(functions).map((each) => each.kill())]);
      await aws.close();
    },
  };
};

const executorOf = (
  endpoint: string,
  { clusterArn, databaseName: name }: { clusterArn: string; databaseName: string },
) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new RDSDataClient({ endpoint, region: REGION, credentials });
  return (secretArn: string): Execute => executeWith(client, { clusterArn, secretArn, name });
};

const consoleSource = (execute: Execute, provision: LocalFunction): ConsoleSource => ({
  title: 'the local stack',
  provision: async (request) => {
    const { failed, payload } = await provision.invoke(JSON.stringify(request));
    return { failed, result: JSON.parse(payload) };
  },
  migrations: () => readMigrations(execute),
});

/**
 * Users belong to the whole server, on which other databases may have local stacks, too: so each database has a user of its
 * own. Its password is the same for every start with the same key, wherever that keeps its state.
 */
const apiUserOf = (database: string, encryptionKey: string): Login => ({
  // A hash, since a name of PostgreSQL has 63 bytes at most.
  username: `workspace_model_api_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`,
  password: createHmac('sha256', encryptionKey).update('api-user').digest('base64url'),
});

/** In the form that RDS itself gives a cluster's secret. */
const loginSecret = (database: URL): string =>
  JSON.stringify({
    engine: 'postgres',
    host: database.hostname,
    port: Number(database.port || 5432),
    username: decodeURIComponent(database.username),
    password: decodeURIComponent(database.password),
    dbname: databaseName(database),
    dbClusterIdentifier: 'workspace-model',
  });

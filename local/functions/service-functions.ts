// The service's functions, unchanged, each with the environment that a deployment would give it.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { entryOf, environmentOf, type FunctionName, variableNames } from '../../functions/contract.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import { arnOf, REGION } from '../aws/account.ts';
import type { WorkerFunctionOptions } from './worker-function.ts';

/** What a local stack lets be chosen. */
export interface FunctionSettings {
  /** Model ids, separated by commas, that are accepted although a provider or runtime is named so. */
  allowedModelIds: string;
  /** `off`, `warn` or `enforce`, and the file of the catalogue in its compact form or an empty string. */
  catalogueMode: string;
  catalogueFile: string;
  /** `true` where provision is to fail for a workspace without a pick, but for these runtimes, separated by commas. */
  requireModel: string;
  requireModelExempt: string;
  migrationsDirectory: string;
  /** Of the functions' bundles, so that what runs is what a deploy uploads; the project's own sources unless given. */
  bundlesDirectory?: string;
  /** What `getRemainingTimeInMillis` begins with, instead of 30 s, and of 14 minutes for migrate. */
  functionTimeoutMs?: number;
}

export interface FunctionEnvironment extends FunctionSettings {
  awsUrl: string;
  clusterArn: string;
  /** The owner's, for migrate. */
  databaseSecretArn: string;
  /** For all others. */
  apiUserSecretArn: string;
  databaseName: string;
  encryptionKeySecretArn: string;
}

export const DEFAULT_SETTINGS: FunctionSettings = {
  allowedModelIds: '',
  catalogueMode: 'off',
  catalogueFile: '',
  requireModel: 'false',
  requireModelExempt: '',
  migrationsDirectory: MIGRATIONS_DIRECTORY,
};

/** The default stack's name. */
const METRICS_NAMESPACE = 'workspace-model';

/** What a worker needs to run a function. */
export const functionOptions = (
  name: FunctionName,
  environment: FunctionEnvironment,
  onLog: (text: string) => void,
): WorkerFunctionOptions => ({
  handlerUrl: handlerUrlOf(name, environment),
  functionName: name,
  functionArn: arnOf('lambda', `function:${name}`),
  memoryMb: entryOf(name).memoryMb,
  timeoutMs: environment.functionTimeoutMs ?? entryOf(name).timeoutSeconds * 1_000,
  environment: variablesOf(name, environment),
  onLog,
});

const handlerUrlOf = (name: FunctionName, { bundlesDirectory }: FunctionEnvironment): string =>
  bundlesDirectory === undefined
    ? new URL(`../../functions/${name}.ts`, import.meta.url).href
    : pathToFileURL(join(bundlesDirectory, name, 'index.js')).href;

/** Everything that a function finds in its environment. */
export const variablesOf = (
  name: FunctionName,
  environment: FunctionEnvironment,
): Record<string, string> => ({
  ...lambdaVariables(name, environment),
  ...serviceVariables(name, environment),
});

/** Those that its entry in the registry names, and no others: what the entry forgets is missing here as on AWS. */
const serviceVariables = (name: FunctionName, environment: FunctionEnvironment): Record<string, string> => {
  const groups = {
    database: environmentOf(variableNames.database, {
      clusterArn: environment.clusterArn,
      secretArn: name === 'migrate' ? environment.databaseSecretArn : environment.apiUserSecretArn,
      name: environment.databaseName,
    }),
    encryptionKey: environmentOf(variableNames.encryptionKey, {
      secretArn: environment.encryptionKeySecretArn,
    }),
    modelRules: environmentOf(variableNames.modelRules, {
      allowedModelIds: environment.allowedModelIds,
      catalogueMode: environment.catalogueMode,
      catalogueFile: environment.catalogueFile,
    }),
    modelDemand: environmentOf(variableNames.modelDemand, {
      required: environment.requireModel,
      exemptRuntimes: environment.requireModelExempt,
    }),
    migrations: environmentOf(variableNames.migrations, { directory: environment.migrationsDirectory }),
  };
  return Object.assign(
    environmentOf(variableNames.telemetry, { metricsNamespace: METRICS_NAMESPACE }),
    ...entryOf(name).needs.map((group) => groups[group]),
  );
};

/** What Lambda itself sets, and where this endpoint is. Nothing of the host's own settings for AWS comes through. */
const lambdaVariables = (name: FunctionName, { awsUrl }: FunctionEnvironment): Record<string, string> => ({
  _HANDLER: `${name}.handler`,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: 'local',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_ENDPOINT_URL_RDS_DATA: awsUrl,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: awsUrl,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(entryOf(name).memoryMb),
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: '[$LATEST]local',
  LAMBDA_TASK_ROOT: fileURLToPath(new URL('../..', import.meta.url)),
  LAMBDA_RUNTIME_DIR: '/var/runtime',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  PATH: process.env['PATH'] ?? '',
});

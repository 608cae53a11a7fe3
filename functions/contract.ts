// What functions/ and whatever deploys, simulates or measures them agree on: functions, routes, environment variables,
// metrics and the migration's report. It stands here once, so that the compiler holds both ends.
import { ServiceError } from './errors.ts';

/** Names of the environment variables, in groups. lib/ sets a group together with the grant that it needs. */
export const variableNames = {
  /** The database as one user of it: the API's user, for migrate the owner. */
  database: {
    clusterArn: 'DATABASE_CLUSTER_ARN',
    secretArn: 'DATABASE_SECRET_ARN',
    name: 'DATABASE_NAME',
  },
  encryptionKey: { secretArn: 'ENCRYPTION_KEY_SECRET_ARN' },
  modelRules: {
    /** Model ids, separated by commas, that are accepted although a provider or runtime has the same name. */
    allowedModelIds: 'ALLOWED_MODEL_IDS',
    /** `off`, `warn` or `enforce`. */
    catalogueMode: 'CATALOGUE_MODE',
    /** The catalogue in its compact form, relative to the function's own folder; empty where there is none. */
    catalogueFile: 'CATALOGUE_FILE',
  },
  /** Whether a machine must have a model (`true`), and the runtimes, separated by commas, that need none. */
  modelDemand: { required: 'REQUIRE_MODEL', exemptRuntimes: 'REQUIRE_MODEL_EXEMPT' },
  /** Where the SQL files are, relative to the function's own folder. */
  migrations: { directory: 'MIGRATIONS_DIRECTORY' },
  /** Of every function. */
  telemetry: { metricsNamespace: 'METRICS_NAMESPACE' },
} as const;

type Group = keyof typeof variableNames;

/** What a group of variables must be given: one string for each of its names. */
export type Variables<G extends Group> = Record<keyof (typeof variableNames)[G], string>;

export interface Route {
  method: 'GET' | 'PUT';
  /** As API Gateway writes it. A path parameter is `{name}`. */
  path: string;
  /** What a token must allow. */
  scope: 'read' | 'write' | 'list';
}

interface FunctionEntry {
  description: string;
  /** The variables, and so the grants, that it gets. */
  needs: readonly Exclude<Group, 'telemetry'>[];
  timeoutSeconds: number;
  memoryMb: number;
  /** Where HTTP reaches it; a function without one is invoked directly. */
  route?: Route;
}

/** API Gateway gives up after 30 s. */
const REQUEST = { timeoutSeconds: 29, memoryMb: 1024 };

/**
 * Every function, by its file in functions/, which is also its name in logs and metrics. The stack, the API, alarms,
 * dashboard and rights, the local stack, the benchmark's builds and their tests are made from this.
 */
export const functionRegistry = {
  'get-model': {
    ...REQUEST,
    description: 'Reads the picked model of a workspace.',
    needs: ['database', 'encryptionKey', 'modelRules'],
    route: { method: 'GET', path: '/workspaces/{id}/model', scope: 'read' },
  },
  'set-model': {
    ...REQUEST,
    description: 'Saves or clears the picked model of a workspace.',
    needs: ['database', 'encryptionKey', 'modelRules'],
    route: { method: 'PUT', path: '/workspaces/{id}/model', scope: 'write' },
  },
  'list-models': {
    ...REQUEST,
    description: "Lists the fleet's picked models, a page at a time.",
    needs: ['database', 'encryptionKey', 'modelRules'],
    route: { method: 'GET', path: '/workspaces/models', scope: 'list' },
  },
  'list-catalogue': {
    ...REQUEST,
    description: "Lists what may be picked, by the platform's catalogue.",
    needs: ['modelRules'],
    route: { method: 'GET', path: '/models', scope: 'read' },
  },
  'get-model-history': {
    ...REQUEST,
    description: "Reads who saved or cleared a workspace's model.",
    needs: ['database', 'encryptionKey', 'modelRules'],
    route: { method: 'GET', path: '/workspaces/{id}/model/history', scope: 'read' },
  },
  provision: {
    ...REQUEST,
    description: 'Builds the user-data of a new machine, for CP.',
    needs: ['database', 'encryptionKey', 'modelRules', 'modelDemand'],
  },
  audit: {
    description: 'Counts, once a day, the picks that cannot work, by code.',
    needs: ['database', 'encryptionKey', 'modelRules'],
    // Lambda's longest: a million picks take two minutes beside a local database.
    timeoutSeconds: 15 * 60,
    memoryMb: 1024,
  },
  migrate: {
    description: 'Brings the tables to a version, and renames the legacy rows.',
    needs: ['database', 'encryptionKey', 'modelRules', 'migrations'],
    // A minute less than the Provider's own function, which has to live to report the time-out.
    timeoutSeconds: 14 * 60,
    memoryMb: 512,
  },
} as const satisfies Record<string, FunctionEntry>;

export type FunctionName = keyof typeof functionRegistry;

const isFunctionName = (name: string): name is FunctionName => name in functionRegistry;

export const functionNames = (): FunctionName[] => Object.keys(functionRegistry).filter(isFunctionName);

/** All but the one that migrates: they work as the API's database user, and serve the code of a release. */
export type RequestFunctionName = Exclude<FunctionName, 'migrate'>;

export const requestFunctionNames = (): RequestFunctionName[] =>
  functionNames().filter((name) => name !== 'migrate');

/** Through which callers reach a request function: it moves to the code of a release once the rows are as that needs them. */
export const ALIAS = 'live';

export const entryOf = (name: FunctionName): FunctionEntry => functionRegistry[name];

/** Those that HTTP reaches. */
export type RoutedFunctionName = {
  [Name in FunctionName]: (typeof functionRegistry)[Name] extends { route: Route } ? Name : never;
}[FunctionName];

export const isRouted = (name: string): name is RoutedFunctionName =>
  isFunctionName(name) && 'route' in functionRegistry[name];

/** Every route with its function. */
export const routes = () =>
  functionNames()
    .filter(isRouted)
    .map((name) => ({ name, ...functionRegistry[name].route }));

/** One value for each name. Overloaded because Object.fromEntries forgets the names. */
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<Name, Value>;
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** What every invocation counts, and in which unit. */
export const metricUnits = {
  Duration: 'Milliseconds',
  DataApiCalls: 'Count',
  DataApiErrors: 'Count',
  Refused: 'Count',
  Failed: 'Count',
  ColdStart: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;

/** What can be wrong with a stored pick. */
export const findingCodes = [
  'PROVIDER_SLUG',
  'RUNTIME_NAME',
  'MALFORMED_MODEL_ID',
  'MODEL_NOT_OFFERED',
  'MODEL_RETIRED',
  'UNREADABLE',
  'PLAINTEXT',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/** What an audit counts: picks that are stored, of them those with a finding and those that cannot work, and findings by code. */
export const auditCountNames = ['Picks', 'Findings', 'Unusable', ...findingCodes] as const;

export type AuditCounts = Record<(typeof auditCountNames)[number], number>;

/** What a migration reports, in the stack's outputs and in the log of migrate under `report`. */
export const reportFields = [
  'Version',
  'Renamed',
  'Superseded',
  'Batches',
  'Suspects',
  'SuspectWorkspaces',
  'MovedColumns',
  'NotGivenBack',
  'DurationMs',
] as const;

/** All values are strings, as CloudFormation's outputs are. */
export type Report = Record<(typeof reportFields)[number], string>;

/** What a deploy asks of migrate. CloudFormation asks again when one of these changes. */
export interface DeployProperties {
  TargetVersion: string;
  ExistingDatabase: 'true' | 'false';
  ApiUserSecretArn: string;
  ClusterArn: string;
  DatabaseName: string;
  DatabaseSecretArn: string;
  EncryptionKeySecretArn: string;
  /** Separated by commas. For CloudFormation alone: a right that goes with one of them fails the deploy, and no request. */
  SecretsKmsKeyArns: string;
  /** Moves, separated by commas. */
  AllowedMoves: string;
  /** Of the migrations' files, of migrate's bundle with what it grants, and of the rules by which it reports suspects. */
  MigrationsHash: string;
  CodeHash: string;
  ModelRulesHash: string;
}

/** What the resources before the migration and after everything else get from the deploy; the last one gets all of it. */
export interface PhaseProperties {
  Phase: 'begin' | 'settle';
  ApiUserSecretArn?: string;
  CodeHash?: string;
  EncryptionKeySecretArn?: string;
}

/**
 * What a deploy refuses unless it is said: `own`, from a joined cluster to one of its own; `key`, to an encryption key that
 * opens none of the stored picks; `stack`, a database that another stack migrates.
 */
export const moves = ['own', 'key', 'stack'] as const;

export type Move = (typeof moves)[number];

/** The API's database user. Users belong to the whole cluster, so two stacks on one cluster must not share a name. */
export const apiUserOf = (stackName: string): string => `${stackName.replaceAll('-', '_')}_api`;

/** The logical id of the key that a stack makes. CloudFormation begins the secret's name with it. */
export const MADE_KEY_ID = 'EncryptionKey';

/** Reads one variable. @throws ServiceError naming the variable that the deployment forgot. */
const read = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) {
    throw new ServiceError(`The environment variable ${name} is not set.`);
  }
  return value;
};

/** The values of a group of names, by its fields. Overloaded because Object.fromEntries forgets the fields. */
export function readVariables<Field extends string>(names: Record<Field, string>): Record<Field, string>;
export function readVariables(names: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([field, name]) => [field, read(name)]));
}

/** The other way. Both sides have the same fields or it does not compile: a variable that is read cannot be forgotten. */
export const environmentOf = <Field extends string>(
  names: Record<Field, string>,
  values: Record<Field, string>,
): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const field in names) {
    environment[names[field]] = values[field];
  }
  return environment;
};

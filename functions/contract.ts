// Every environment variable of the functions: its name, for lib/ to set, and its value, for functions/ to read.
import { ServiceError } from './errors.ts';

/** Names of the variables, grouped by the grant that each needs. `lib/` sets a group together with its grant. */
export const variableNames = {
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
  telemetry: { metricsNamespace: 'METRICS_NAMESPACE' },
} as const;

type Group = keyof typeof variableNames;

/** What a group of variables must be given: one string for each of its names. */
export type Variables<G extends Group> = Record<keyof (typeof variableNames)[G], string>;

/** Reads one variable. @throws ServiceError naming the variable that the deployment forgot. */
const read = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) {
    throw new ServiceError(`The environment variable ${name} is not set.`);
  }
  return value;
};

export const databaseVariables = (): Variables<'database'> => ({
  clusterArn: read(variableNames.database.clusterArn),
  secretArn: read(variableNames.database.secretArn),
  name: read(variableNames.database.name),
});

export const encryptionKeyVariables = (): Variables<'encryptionKey'> => ({
  secretArn: read(variableNames.encryptionKey.secretArn),
});

export const modelRulesVariables = (): Variables<'modelRules'> => ({
  allowedModelIds: read(variableNames.modelRules.allowedModelIds),
  catalogueMode: read(variableNames.modelRules.catalogueMode),
  catalogueFile: read(variableNames.modelRules.catalogueFile),
});

export const modelDemandVariables = (): Variables<'modelDemand'> => ({
  required: read(variableNames.modelDemand.required),
  exemptRuntimes: read(variableNames.modelDemand.exemptRuntimes),
});

export const telemetryVariables = (): Variables<'telemetry'> => ({
  metricsNamespace: read(variableNames.telemetry.metricsNamespace),
});

export const migrationsVariables = (): Variables<'migrations'> => ({
  directory: read(variableNames.migrations.directory),
});

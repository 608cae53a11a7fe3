// Every environment variable of the functions: its name, for lib/ to set, and its parsed value, for functions/ to read.
import * as z from 'zod/mini';

/** Names of the variables, grouped by the grant that each needs. `lib/` sets a group together with its grant. */
export const variableNames = {
  database: {
    clusterArn: 'DATABASE_CLUSTER_ARN',
    secretArn: 'DATABASE_SECRET_ARN',
    name: 'DATABASE_NAME',
  },
  encryptionKey: { secretArn: 'ENCRYPTION_KEY_SECRET_ARN' },
  modelRules: { allowedModelIds: 'ALLOWED_MODEL_IDS' },
  migrations: { directory: 'MIGRATIONS_DIRECTORY' },
} as const;

type Group = keyof typeof variableNames;

/** What a group of variables must be given: one string for each of its names. */
export type Variables<G extends Group> = Record<keyof (typeof variableNames)[G], string>;

/** Reads one group. Throws when a variable is missing, naming it: the deployment is wrong, not the request. */
export const readVariables = <G extends Group>(group: G, environment = process.env): Variables<G> => {
  const shape = Object.fromEntries(
    Object.entries(variableNames[group]).map(([field, variable]) => [field, environment[variable]]),
  );
  return z.parse(z.record(z.string(), z.string()), shape) as Variables<G>;
};

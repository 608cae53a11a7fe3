// Turns CDK context into what is to be deployed, or into a sentence for each thing that has to be written otherwise.
import type { Environment } from 'aws-cdk-lib';
import type * as z from 'zod';
import type { Catalogue } from '../functions/model/catalogue.ts';
import { CatalogueError, readCatalogueFile } from './catalogue-file.ts';
import { contextKeys } from './context-keys.ts';

type Keys = z.infer<typeof contextKeys>;

/** Account and region that the CDK CLI found in the caller's credentials; undefined where it found none. */
export interface Place {
  account?: string | undefined;
  region?: string | undefined;
}

export type DatabaseChoice =
  | { kind: 'joined'; clusterArn: string; secretArn: string; name: string }
  | { kind: 'own'; minCapacity: number; maxCapacity: number; readers: number };

export type Authorization =
  | { kind: 'iam' }
  | { kind: 'jwt'; issuer: string; audience: string[]; scopePrefix: string };

/** The key in a secret that is there, or a new one made here. */
export type EncryptionKeyChoice = { kind: 'named'; arn: string } | { kind: 'new' };

/** What decides which models may be picked. */
export interface ModelRulesChoice {
  allowedModelIds: string[];
  catalogueMode: 'off' | 'warn' | 'enforce';
  catalogue: Catalogue | undefined;
}

export interface Deployment {
  place: Environment;
  modelRules: ModelRulesChoice;
  database: DatabaseChoice;
  encryptionKey: EncryptionKeyChoice;
  authorization: Authorization;
  /** The keys that need no more than their own shape. */
  keys: Keys;
}

export class ContextError extends Error {
  override name = 'ContextError';

  constructor(...sentences: string[]) {
    super(['The CDK context cannot be deployed.', ...sentences].join('\n  - '));
  }
}

/** @throws ContextError with a sentence for each wrong, missing or unknown value, saying what to write. */
export const readContext = (context: Record<string, unknown>, credentials: Place): Deployment => {
  const own = ownKeysOf(context);
  const { success, data: keys, error } = contextKeys.safeParse(own);
  if (!success) {
    throw new ContextError(...new Set(error.issues.flatMap((issue) => sentencesFor(issue, own))));
  }
  const database = chooseDatabase(keys);
  const encryptionKey = chooseEncryptionKey(keys, database);
  const place = choosePlace(keys, encryptionKey, credentials);
  if (keys.requireModelExempt !== undefined && !keys.requireModel) {
    throw new ContextError(
      'requireModelExempt is given without requireModel=true; write both, or leave it out.',
    );
  }
  return {
    place,
    database,
    encryptionKey,
    authorization: chooseAuthorization(keys),
    modelRules: chooseModelRules(keys),
    keys,
  };
};

const chooseModelRules = ({ allowedModelIds = [], catalogue, catalogueMode }: Keys): ModelRulesChoice => {
  if (catalogue === undefined) {
    if (catalogueMode !== undefined) {
      throw new ContextError('catalogueMode is given without catalogue; write both, or leave it out.');
    }
    return { allowedModelIds, catalogueMode: 'off', catalogue };
  }
  try {
    return {
      allowedModelIds,
      catalogueMode: catalogueMode ?? 'warn',
      catalogue: readCatalogueFile(catalogue),
    };
  } catch (error) {
    if (!(error instanceof CatalogueError)) {
      throw error;
    }
    throw new ContextError(...error.message.split('\n'));
  }
};

/** Written by `cdk acknowledge` and `cdk cli-telemetry`. */
const KEYS_OF_THE_CLI = ['acknowledged-issue-numbers', 'cli-telemetry'];

/** What else the CDK keeps in context (feature flags, look-ups) and the notes in cdk.json have one of these characters. */
const ownKeysOf = (context: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(context).filter(([key]) => !/[@:/]/.test(key) && !KEYS_OF_THE_CLI.includes(key)),
  );

const sentencesFor = (issue: z.core.$ZodIssue, context: Record<string, unknown>): string[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${key} is not a key of this service; it knows ${Object.keys(contextKeys.shape).join(', ')}.`,
    );
  }
  const key = String(issue.path[0]);
  const description = Object.entries(contextKeys.shape).find(([name]) => name === key)?.[1].description;
  return [`${key} is ${JSON.stringify(context[key])}; write ${description}.`];
};

const chooseDatabase = (keys: Keys): DatabaseChoice => {
  const { clusterArn, databaseSecretArn: secretArn, databaseName: name } = keys;
  const { minCapacity, maxCapacity, readers } = keys;
  if (keys.database === 'own' && (clusterArn ?? secretArn ?? name) !== undefined) {
    throw new ContextError(
      'database=own makes a new cluster, and clusterArn, databaseSecretArn and databaseName join one; leave out the one or the other.',
    );
  }
  if (clusterArn !== undefined && secretArn !== undefined && name !== undefined) {
    if ((minCapacity ?? maxCapacity ?? readers) !== undefined) {
      throw new ContextError(
        'minCapacity, maxCapacity and readers are for a cluster made here; leave them out beside clusterArn.',
      );
    }
    return { kind: 'joined', clusterArn, secretArn, name };
  }
  const missing = Object.entries({ clusterArn, databaseSecretArn: secretArn, databaseName: name });
  if (missing.some(([, value]) => value !== undefined)) {
    const names = missing.filter(([, value]) => value === undefined).map(([key]) => key);
    throw new ContextError(
      `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} missing: give all three to join a cluster, or database=own alone to make a new one.`,
    );
  }
  if (keys.database !== 'own') {
    throw new ContextError(
      'Which database is not said: give clusterArn, databaseSecretArn and databaseName to join a cluster, or database=own to make a new one.',
    );
  }
  if ((minCapacity ?? 0.5) > (maxCapacity ?? 4)) {
    throw new ContextError('minCapacity is above maxCapacity; write it smaller.');
  }
  return {
    kind: 'own',
    minCapacity: minCapacity ?? 0.5,
    maxCapacity: maxCapacity ?? 4,
    readers: readers ?? 0,
  };
};

const NEW_KEY = 'new';

const chooseEncryptionKey = (
  { encryptionKeySecretArn: arn }: Keys,
  { kind }: DatabaseChoice,
): EncryptionKeyChoice => {
  if (arn === undefined && kind === 'joined') {
    throw new ContextError(
      "encryptionKeySecretArn is missing: give the platform's own key, which opens the stored picks, or write encryptionKeySecretArn=new where nothing is encrypted yet.",
    );
  }
  return arn === undefined || arn === NEW_KEY ? { kind: 'new' } : { kind: 'named', arn };
};

const chooseAuthorization = (keys: Keys): Authorization => {
  const { auth, jwtIssuer: issuer, jwtAudience: audience, jwtScopePrefix } = keys;
  if (auth === 'iam') {
    if (issuer === undefined && audience === undefined && jwtScopePrefix === undefined) {
      return { kind: 'iam' };
    }
    throw new ContextError(
      'jwtIssuer, jwtAudience and jwtScopePrefix are for tokens but auth is iam; write auth=jwt, or leave them out.',
    );
  }
  if (issuer !== undefined && audience !== undefined) {
    return { kind: 'jwt', issuer, audience, scopePrefix: jwtScopePrefix ?? 'model' };
  }
  throw new ContextError(
    'auth=jwt needs jwtIssuer, the https URL of the token issuer, and jwtAudience; write both.',
  );
};

interface NamedArn {
  key: string;
  arn: string;
}

/** Every ARN has to lie where the stack goes: the Data API reaches neither another region nor another account. */
const choosePlace = (keys: Keys, key: EncryptionKeyChoice, credentials: Place): Environment => {
  const own = [
    ...named('clusterArn', keys.clusterArn),
    ...named('databaseSecretArn', keys.databaseSecretArn),
    ...named('encryptionKeySecretArn', key.kind === 'named' ? key.arn : undefined),
  ];
  // A key may be lent by another account.
  const kms = (keys.secretsKmsKeyArns ?? []).flatMap((arn) => named('secretsKmsKeyArns', arn));
  // They have no region, and may be of any account; an account's digits are no ARN.
  const invokers = (keys.provisionInvokers ?? []).filter((invoker) => invoker.startsWith('arn:'));
  requireOnePartition([...own, ...kms, ...invokers.flatMap((arn) => named('provisionInvokers', arn))]);

  const [first] = own;
  const { region = first && placeOf(first).region, account = first && placeOf(first).account } = credentials;
  for (const each of [...own, ...kms]) {
    requireRegion(each, region, credentials.region === undefined ? first : undefined);
  }
  for (const each of own) {
    requireAccount(each, account, credentials.account === undefined ? first : undefined);
  }
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
};

const named = (key: string, arn: string | undefined): NamedArn[] => (arn === undefined ? [] : [{ key, arn }]);

const placeOf = ({ arn }: NamedArn) => {
  const [, partition = '', , region = '', account = ''] = arn.split(':');
  return { partition, region, account };
};

const requireOnePartition = ([first, ...others]: NamedArn[]): void => {
  for (const other of others) {
    if (first !== undefined && placeOf(other).partition !== placeOf(first).partition) {
      throw new ContextError(
        `${other.arn} is of the partition ${placeOf(other).partition} but ${first.key} of ${placeOf(first).partition}; write ARNs of one partition.`,
      );
    }
  }
};

/** @param from the ARN that the region was taken from, where no credentials or AWS_REGION say it */
const requireRegion = (given: NamedArn, region: string | undefined, from: NamedArn | undefined): void => {
  const { region: other } = placeOf(given);
  if (region === undefined || other === region) {
    return;
  }
  throw new ContextError(
    from === undefined
      ? `${given.arn} lies in ${other} but the stack goes to ${region}; set AWS_REGION=${other}, or write the right ARN.`
      : `${given.arn} lies in ${other} but ${from.key} in ${region}; write ARNs of one region.`,
  );
};

/** @param from the ARN that the account was taken from, where there are no credentials */
const requireAccount = (given: NamedArn, account: string | undefined, from: NamedArn | undefined): void => {
  const { account: other } = placeOf(given);
  if (other === account) {
    return;
  }
  throw new ContextError(
    from === undefined
      ? `${given.arn} belongs to account ${other} but the credentials are for ${account}; use credentials of ${other}, or write the right ARN.`
      : `${given.arn} belongs to account ${other} but ${from.key} to ${account}; write ARNs of one account.`,
  );
};

// Turns CDK context into what is to be deployed, or into a sentence for each thing that has to be written otherwise.
import type { Environment } from 'aws-cdk-lib';
import type * as z from 'zod';
import type { Catalogue, CatalogueMode } from '../functions/model/catalogue.ts';
import { CatalogueError, readCatalogueFile } from './catalogue-file.ts';
import { ContextError } from './context-error.ts';
import { contextKeys, type Keys } from './context-keys.ts';
import { choosePlace, type Place } from './place.ts';

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
  catalogueMode: CatalogueMode;
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

/** @throws ContextError with a sentence for each wrong, missing or unknown value, saying what to write. */
export const readContext = (context: Record<string, unknown>, credentials: Place): Deployment => {
  const own = ownKeysOf(context);
  const { success, data: keys, error } = contextKeys.safeParse(own);
  if (!success) {
    throw new ContextError(...new Set(error.issues.flatMap((issue) => sentencesFor(issue, own))));
  }
  const database = chooseDatabase(keys);
  const encryptionKey = chooseEncryptionKey(keys, database);
  if (keys.secretsKmsKeyArns !== undefined && database.kind === 'own' && encryptionKey.kind === 'new') {
    throw new ContextError(
      'secretsKmsKeyArns is given without a secret that they encrypt: database and key are made here. Name the secret in encryptionKeySecretArn, or leave secretsKmsKeyArns out.',
    );
  }
  const place = choosePlace(
    keys,
    encryptionKey.kind === 'named' ? encryptionKey.arn : undefined,
    credentials,
  );
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

/** The variables of a function hold 4 KB together, of which the names and the ARNs need the rest. */
const MAX_ALLOWED_LENGTH = 3_000;

const chooseModelRules = ({ allowedModelIds = [], catalogue, catalogueMode }: Keys): ModelRulesChoice => {
  const { length } = allowedModelIds.join(',');
  if (length > MAX_ALLOWED_LENGTH) {
    throw new ContextError(
      `allowedModelIds has ${length} characters, and ${MAX_ALLOWED_LENGTH} are the most; list the ids in a catalogue instead, which takes any number.`,
    );
  }
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
      'No database is named: give clusterArn, databaseSecretArn and databaseName to join a cluster, or database=own to make a new one.',
    );
  }
  const capacity = { minCapacity: minCapacity ?? 0.5, maxCapacity: maxCapacity ?? 4 };
  if (capacity.minCapacity > capacity.maxCapacity) {
    throw new ContextError('minCapacity is above maxCapacity; write it smaller.');
  }
  return { kind: 'own', ...capacity, readers: readers ?? 0 };
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

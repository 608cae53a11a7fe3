// The command line and the environment of `npm start`, checked before anything is started.
import { resolve } from 'node:path';
import { type Catalogue, type CatalogueMode, catalogueModes } from '../../functions/model/catalogue.ts';
import { parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { CatalogueError, readCatalogueFile } from '../../lib/catalogue-file.ts';
import { databaseName, databaseUrl } from '../support/database.ts';
import { StartError } from '../support/start-error.ts';
import { type StartVariable, startVariables } from './variables.ts';

interface Flags {
  fresh: boolean;
  empty: boolean;
}

export interface Settings extends Flags {
  apiPort: number;
  awsPort: number;
  directory: string;
  encryptionKey: string | undefined;
  databaseUrl: string | undefined;
  allowedModelIds: string;
  /** Undefined for the demo fleet's own, where there is that fleet. */
  catalogue: Catalogue | undefined;
  catalogueMode: CatalogueMode;
  requireModel: string;
  requireModelExempt: string;
}

type Environment = Readonly<Partial<Record<StartVariable, string | undefined>>>;

/** @throws StartError with a sentence that says what to write instead */
export const readSettings = (flags: Flags, environment: Environment): Settings => {
  const settings = {
    ...flags,
    apiPort: portIn(environment, 'API_PORT'),
    awsPort: portIn(environment, 'AWS_PORT'),
    directory: resolve(environment.LOCAL_DIR || startVariables.LOCAL_DIR.standard),
    encryptionKey: keyIn(environment),
    databaseUrl: databaseIn(environment),
    allowedModelIds: environment.ALLOWED_MODEL_IDS ?? '',
    catalogue: catalogueIn(environment),
    catalogueMode: catalogueModeIn(environment),
    requireModel: demandIn(environment),
    requireModelExempt: environment.REQUIRE_MODEL_EXEMPT ?? '',
  };
  if (settings.apiPort === settings.awsPort && settings.apiPort !== 0) {
    throw new StartError(`API_PORT and AWS_PORT are both ${settings.apiPort}; give each its own.`);
  }
  if (settings.fresh && settings.databaseUrl !== undefined) {
    throw new StartError(
      '--fresh does not empty the database in DATABASE_URL: do that yourself, and leave --fresh out.',
    );
  }
  return settings;
};

const portIn = (environment: Environment, name: 'API_PORT' | 'AWS_PORT'): number => {
  const text = environment[name] || startVariables[name].standard;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) {
    return port;
  }
  throw new StartError(`${name} is "${text}"; it must be a port from 1 to 65535, or 0 for any free one.`);
};

const catalogueIn = (environment: Environment): Catalogue | undefined => {
  const file = environment.MODEL_CATALOGUE;
  try {
    return file ? readCatalogueFile(file) : undefined;
  } catch (error) {
    throw error instanceof CatalogueError ? new StartError(`MODEL_CATALOGUE: ${error.message}`) : error;
  }
};

const catalogueModeIn = (environment: Environment): CatalogueMode => {
  const text = environment.CATALOGUE_MODE || startVariables.CATALOGUE_MODE.standard;
  const mode = catalogueModes.find((each) => each === text);
  if (mode === undefined) {
    throw new StartError(`CATALOGUE_MODE is "${text}"; it must be one of ${catalogueModes.join(', ')}.`);
  }
  return mode;
};

const demandIn = (environment: Environment): string => {
  const text = environment.REQUIRE_MODEL || startVariables.REQUIRE_MODEL.standard;
  if (text === 'true' || text === 'false') {
    return text;
  }
  throw new StartError(`REQUIRE_MODEL is "${text}"; it must be true or false.`);
};

const keyIn = (environment: Environment): string | undefined => {
  const key = environment.SECRETS_ENCRYPTION_KEY || undefined;
  try {
    if (key !== undefined) {
      parseEncryptionKey(key);
    }
    return key;
  } catch {
    throw new StartError(
      'SECRETS_ENCRYPTION_KEY must be base64 of 32 bytes (openssl rand -base64 32) or exactly 32 bytes.',
    );
  }
};

const databaseIn = (environment: Environment): string | undefined => {
  const text = environment.DATABASE_URL || undefined;
  if (text === undefined) {
    return undefined;
  }
  const url = URL.parse(text);
  const isComplete =
    url && /^postgres(?:ql)?:$/.test(url.protocol) && url.hostname && url.username && url.pathname.length > 1;
  if (!isComplete) {
    throw new StartError('DATABASE_URL must look like postgresql://user:password@host:5432/database.');
  }
  if (![url.username, url.password, url.pathname].every(isDecodable)) {
    throw new StartError('DATABASE_URL has a % that is no part of a code such as %40; write it as %25.');
  }
  return databaseUrl(text, databaseName(url));
};

const isDecodable = (part: string): boolean => {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
};

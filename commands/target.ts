// What a command works on: a database and an API, and how they are reached.
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Fetch } from '../client/client.ts';
import type { Variables } from '../functions/contract.ts';
import { type Execute, executeWith } from '../functions/database/client.ts';

/** A database by the Data API with what opens its picks, and the HTTP API over it. */
export interface Target {
  clusterArn: string;
  databaseSecretArn: string;
  databaseName: string;
  encryptionKeySecretArn: string;
  region: string;
  /** By which --stack names it; undefined for the local one. */
  stackName: string | undefined;
  /** Of the HTTP API. */
  api: string;
  /** Signs, or adds a token. */
  fetch: Fetch;
  /** For the AWS SDK's clients; of a deployed stack the caller's own credentials. */
  clientConfig: {
    region: string;
    endpoint?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string };
  };
}

/** What a command line that is printed needs to name the same stack. */
export const stackOption = ({ stackName }: Target): string =>
  stackName === undefined ? '' : ` --stack ${stackName}`;

/** For a sentence: which database or API is worked on. */
export const describeTarget = ({ stackName, region }: Target): string =>
  stackName === undefined ? 'the local stack' : `the stack ${stackName} in ${region}`;

const CONNECTION_TIMEOUT_MS = 10_000;
/** The Data API ends a call at 45 s. */
const CALL_TIMEOUT_MS = 60_000;

/** The database as its owner. */
export const ownerOf = ({ clientConfig, clusterArn, databaseSecretArn, databaseName }: Target): Execute =>
  executeFrom(clientConfig, { clusterArn, secretArn: databaseSecretArn, name: databaseName });

/** A database by the Data API. A call ends even where the network is gone without a word, as after a laptop's sleep. */
export const executeFrom = (clientConfig: Target['clientConfig'], database: Variables<'database'>): Execute =>
  executeWith(
    new RDSDataClient({
      ...clientConfig,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: CALL_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    }),
    database,
  );

/** The functions' Secrets Manager client reads its endpoint from the environment, when it is first used. */
export const useSecretsOf = ({
  clientConfig: { endpoint, region, credentials },
}: Pick<Target, 'clientConfig'>): void => {
  process.env['AWS_REGION'] = region;
  if (endpoint !== undefined && credentials !== undefined) {
    process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = endpoint;
    // The SDK would take the profile's credentials before those of the environment.
    delete process.env['AWS_PROFILE'];
    process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
  }
};

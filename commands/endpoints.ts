// Where a command's database and API are: those of the running local stack, or of a deployed one by its outputs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import type { Fetch } from '../client/client.ts';
import type { Variables } from '../functions/contract.ts';
import { type Execute, executeWith } from '../functions/database/client.ts';
import { ENDPOINTS_FILE, Endpoints } from '../local/start/endpoints.ts';
import { startVariables } from '../local/start/variables.ts';
import { UsageError } from './command.ts';
import { reaching } from './out-of-reach.ts';

/** A database by the Data API, with what opens its picks. */
export interface DatabaseTarget {
  clusterArn: string;
  databaseSecretArn: string;
  databaseName: string;
  encryptionKeySecretArn: string;
}

export interface Target extends DatabaseTarget {
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

export interface StackTarget extends Target {
  /** Of its alias. */
  provisionFunctionArn: string;
}

/**
 * The stack of that name, or else the local one.
 * @param untilCreated what else the command can be told before the stack has outputs
 * @throws UsageError where there is none that can be used
 */
export const targetOf = async (stackName: string | undefined, untilCreated = ''): Promise<Target> =>
  stackName === undefined ? localTarget() : stackTarget(stackName, untilCreated);

/** @throws UsageError where no local stack is running */
export const localTarget = (): Target => {
  const file = join(process.env['LOCAL_DIR'] || startVariables.LOCAL_DIR.standard, ENDPOINTS_FILE);
  const { api, aws, region, clusterArn, databaseSecretArn, databaseName, encryptionKeySecretArn } =
    readEndpoints(file);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    stackName: undefined,
    region,
    api,
    clusterArn,
    databaseSecretArn,
    databaseName,
    encryptionKeySecretArn,
    // The file outlives a stack that was killed.
    fetch: reaching(api, 'Is "npm start" running?', fetch),
    clientConfig: { endpoint: aws, region, credentials },
  };
};

const readEndpoints = (file: string): Endpoints => {
  try {
    return Endpoints.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UsageError(
      `No local stack is running (${file} cannot be read). Run "npm start" first, or name a deployed one: --stack.`,
      { cause },
    );
  }
};

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

const Outputs = z.object({
  ApiUrl: z.string(),
  ClusterArn: z.string(),
  DatabaseSecretArn: z.string(),
  DatabaseName: z.string(),
  EncryptionKeySecretArn: z.string(),
  ProvisionFunctionArn: z.string(),
});

/**
 * A stack by its name, in the region of the environment (AWS_REGION, or the profile's).
 * @param untilCreated what else the command can be told before the stack has outputs
 * @throws UsageError where there is none of that name, it is not created yet, or it is not this service's
 */
export const stackTarget = async (stackName: string, untilCreated = ''): Promise<StackTarget> => {
  const client = new CloudFormationClient({ maxAttempts: 2 });
  const region = await client.config.region().catch(() => {
    throw new UsageError('No region is set. Set AWS_REGION to the one of the stack.');
  });
  const outputs = await readOutputs(client, stackName, region, untilCreated);
  return {
    stackName,
    region,
    api: outputs.ApiUrl,
    clusterArn: outputs.ClusterArn,
    databaseSecretArn: outputs.DatabaseSecretArn,
    databaseName: outputs.DatabaseName,
    encryptionKeySecretArn: outputs.EncryptionKeySecretArn,
    provisionFunctionArn: outputs.ProvisionFunctionArn,
    fetch: reaching(
      outputs.ApiUrl,
      'Check the network, and whether the stack is still there.',
      callersFetch(region),
    ),
    clientConfig: { region },
  };
};

/** While it is created, and after that has failed; a complete stack without outputs is another one. */
const NOT_CREATED = /^(REVIEW_IN_PROGRESS|CREATE_(IN_PROGRESS|FAILED)|ROLLBACK_)/;

const readOutputs = async (
  client: CloudFormationClient,
  stackName: string,
  region: string,
  untilCreated: string,
): Promise<z.infer<typeof Outputs>> => {
  const named = `The stack ${stackName} in ${region}`;
  const { Stacks: [stack] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch((cause) => {
      throw new UsageError(
        `${named} cannot be read (${reasonOf(cause)}). ` +
          `Check its name, AWS_REGION and your credentials${otherEndpoint()}.`,
        { cause },
      );
    });
  const outputs = stack?.Outputs ?? [];
  if (outputs.length === 0 && NOT_CREATED.test(`${stack?.StackStatus}`)) {
    throw new UsageError(
      `${named} is ${stack?.StackStatus} and has no outputs: a stack has them once it is created. ` +
        `Wait for that, or deploy again where it has failed.${untilCreated}`,
    );
  }
  const parsed = Outputs.safeParse(
    Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [`${OutputKey}`, OutputValue])),
  );
  if (!parsed.success) {
    const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new UsageError(`${named} is none of this service: it has no output ${missing}.`);
  }
  return parsed.data;
};

/** Whoever has used the local AWS endpoint may still have it in the environment. */
const otherEndpoint = (): string =>
  process.env['AWS_ENDPOINT_URL'] ? ', and AWS_ENDPOINT_URL, which names another endpoint than AWS' : '';

/** The name, and what AWS or the network says of it. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) {
    return 'unknown error';
  }
  const code = 'code' in cause ? `${cause.code}` : cause.name;
  return `${code}: ${cause.message.split('\n', 1)[0]}`;
};

/** Signed with the caller's own credentials (auth=iam), or with the token in MODEL_API_TOKEN (auth=jwt). */
const callersFetch = (region: string): Fetch => {
  const token = process.env['MODEL_API_TOKEN'];
  if (token !== undefined) {
    return (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
  }
  const credentials = defaultProvider();
  return async (url, init) => {
    // The provider keeps them, and renews them before they end.
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const signing = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: 'execute-api',
      region,
      retries: 0,
    });
    return signing.fetch(url, init);
  };
};

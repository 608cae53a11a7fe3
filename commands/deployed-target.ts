// A deployed stack, by its outputs.
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import type { Fetch } from '../client/client.ts';
import { UsageError } from './command.ts';
import { reaching } from './out-of-reach.ts';
import type { Target } from './target.ts';

export interface DeployedTarget extends Target {
  /** Of its alias. */
  provisionFunctionArn: string;
}

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
export const deployedTarget = async (stackName: string, untilCreated = ''): Promise<DeployedTarget> => {
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
        `${named} cannot be read (${awsReason(cause)}). ` +
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
    throw new UsageError(`${named} is not a stack of this service: it has no output ${missing}.`);
  }
  return parsed.data;
};

/** Whoever has used the local AWS endpoint may still have it in the environment. */
const otherEndpoint = (): string =>
  process.env['AWS_ENDPOINT_URL'] ? ', and AWS_ENDPOINT_URL, which names another endpoint than AWS' : '';

/** The name, and what AWS or the network says of it. */
const awsReason = (cause: unknown): string => {
  if (!(cause instanceof Error)) {
    return 'unknown error';
  }
  const code = 'code' in cause ? `${cause.code}` : cause.name;
  return `${code}: ${cause.message.split('\n', 1)[0]}`;
};

/** Signed with the caller's own credentials (auth=iam), or with the token in MODEL_API_TOKEN (auth=jwt). */
const callersFetch = (region: string): Fetch => {
  const token = process.env['MODEL_API_TOKEN']?.trim();
  if (token) {
    // What fetch says of such a header has the token in it.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new UsageError('MODEL_API_TOKEN holds white space or other characters that no token has.');
    }
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

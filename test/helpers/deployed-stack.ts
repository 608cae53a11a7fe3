// The local stack as a deployed one looks to `--stack`: by CloudFormation's outputs, in an environment with credentials.
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { arnOf } from '../../local/aws/account.ts';
import { closeNow, listen } from '../../local/support/listen.ts';
import type { TestStack } from './local-stack.ts';

/** The variables of a command that is to find the stack `name`, with all that it puts out or with `outputs` alone. */
export const deployedAs = async (
  name: string,
  stack: TestStack,
  outputs = outputsOf(stack),
  status = 'CREATE_COMPLETE',
): Promise<Record<string, string>> => {
  const server = createServer((_, response) => response.end(describedStack(name, outputs, status)));
  const port = await listen(server, 0);
  onTestFinished(() => closeNow(server));
  return {
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${port}`,
    AWS_ENDPOINT_URL_RDS_DATA: stack.aws.url,
    AWS_ENDPOINT_URL_LAMBDA: stack.aws.url,
  };
};

const outputsOf = (stack: TestStack): Record<string, string> => ({
  ApiUrl: `${stack.api}/`,
  ClusterArn: stack.clusterArn,
  DatabaseSecretArn: stack.databaseSecretArn,
  DatabaseName: stack.databaseName,
  EncryptionKeySecretArn: stack.encryptionKeySecretArn,
  ProvisionFunctionArn: arnOf('lambda', 'function:provision:live'),
});

/** As DescribeStacks answers. */
const describedStack = (name: string, outputs: Record<string, string>, status: string): string => {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join('');
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>${status}</StackStatus><Outputs>${members}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};

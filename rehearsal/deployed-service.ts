// The deployed service as its users reach it: the HTTP API by URL, provision by its SSM parameter, logs by CloudWatch.
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AwsClient } from 'aws4fetch';
import { ModelClient } from '../client/client.ts';
import { type Invoked, invoke } from '../local/support/invoke.ts';
import type { Credentials } from './callers.ts';
import type { Outputs } from './cdk.ts';
import { region, rootCredentials } from './emulator.ts';

export interface Answer {
  status: number;
  body: unknown;
}

export class DeployedService {
  readonly outputs: Outputs;
  readonly #endpoint: string;

  constructor(endpoint: string, outputs: Outputs) {
    this.outputs = outputs;
    this.#endpoint = endpoint;
  }

  /** GET or PUT of a workspace's model. */
  call(
    method: 'GET' | 'PUT',
    workspaceId: string,
    body?: unknown,
    credentials?: Credentials,
  ): Promise<Answer> {
    return this.request(method, `workspaces/${workspaceId}/model`, body, credentials);
  }

  /** The client that callers are given, signing by `credentials`. */
  client(credentials: Credentials): ModelClient {
    const signing = signingBy(credentials);
    return new ModelClient({ url: this.#apiUrl, fetch: (url, init) => signing.fetch(url, init) });
  }

  /** A request as it is, signed by `credentials`, or not at all. */
  async request(
    method: 'GET' | 'PUT',
    path: string,
    body?: unknown,
    credentials?: Credentials,
  ): Promise<Answer> {
    const url = `${this.#apiUrl}/${path}`;
    const request = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await (credentials === undefined
      ? fetch(url, request)
      : signingBy(credentials).fetch(url, request));
    return { status: response.status, body: await response.json() };
  }

  /** Throws where `credentials` may not invoke it. */
  async provision(request: object, credentials: Credentials): Promise<Invoked> {
    const { Parameter } = await new SSMClient(this.#as(rootCredentials)).send(
      new GetParameterCommand({ Name: this.outputs['ProvisionParameter'] }),
    );
    return invoke(this.#lambda(credentials), Parameter?.Value, request);
  }

  /** What the daily audit counts. */
  audit(): Promise<Invoked> {
    return invoke(this.#lambda(rootCredentials), this.outputs['AuditFunctionName'], {});
  }

  #lambda(credentials: Credentials): LambdaClient {
    return new LambdaClient(this.#as(credentials));
  }

  async secret(output: string): Promise<string> {
    const { SecretString = '' } = await new SecretsManagerClient(this.#as(rootCredentials)).send(
      new GetSecretValueCommand({ SecretId: this.outputs[output] }),
    );
    return SecretString;
  }

  /** Everything in every log group of the stack. */
  async logs(): Promise<string[]> {
    const client = new CloudWatchLogsClient(this.#as(rootCredentials));
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
    const messages: string[] = [];
    for (const { logGroupName } of logGroups) {
      const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName }));
      messages.push(...events.map(({ message = '' }) => message));
    }
    return messages;
  }

  /** The emulator serves the URL of the output under a path of its own. */
  get #apiUrl(): string {
    const [apiId] = new URL(this.outputs['ApiUrl'] ?? '').host.split('.');
    return `${this.#endpoint}/_aws/execute-api/${apiId}/$default`;
  }

  #as(credentials: Credentials) {
    return { endpoint: this.#endpoint, region, credentials };
  }
}

const signingBy = (credentials: Credentials): AwsClient =>
  new AwsClient({ ...credentials, service: 'execute-api', region, retries: 0 });

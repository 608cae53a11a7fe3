// The local AWS endpoint: one HTTP server on loopback for RDS Data API, Secrets Manager and Lambda Invoke.
// Requests are signed by whoever sends them; any region and any credentials will do, so signatures are not looked at.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { CallRecord } from './call-record.ts';
import type { Call, OnCall } from './calls.ts';
import { DataApi, type DataApiOptions } from './data-api/data-api.ts';
import { errorReply } from './error-reply.ts';
import { AwsError } from './errors.ts';
import type { LocalFunctions } from './lambda/local-function.ts';
import { type OperationRequest, operations, type Reply, type Services } from './operations.ts';
import { readRequest } from './read-request.ts';
import { findOperation } from './routes.ts';
import { findElsewhere } from './secrets-manager/find-elsewhere.ts';
import { SecretStore } from './secrets-manager/secret-store.ts';

export interface AwsEndpointOptions extends Omit<DataApiOptions, 'findSecret'> {
  /** 0 for any free port. */
  port: number;
  region: string;
  accountId: string;
  functions: LocalFunctions;
  /** Another Secrets Manager, asked for secrets that this one does not have. */
  secretsEndpoint?: string | undefined;
  /** Whether `calls` is filled. */
  keepCalls: boolean;
}

export class AwsEndpoint {
  readonly secrets: SecretStore;
  /** Asked before each call whether something is to go wrong with it. */
  onCall: OnCall | undefined;
  readonly #record: CallRecord;
  readonly #services: Services;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  private constructor(options: AwsEndpointOptions) {
    const secrets = new SecretStore(options.region, options.accountId);
    const elsewhere = options.secretsEndpoint && findElsewhere(options.secretsEndpoint, options.region);
    const findSecret = async (id: string) =>
      secrets.find(id) ?? (elsewhere ? await elsewhere(id) : undefined);
    this.secrets = secrets;
    this.#record = new CallRecord(options.keepCalls);
    this.#services = {
      dataApi: new DataApi({ ...options, findSecret }),
      findSecret,
      functions: options.functions,
    };
    // Longer than any SDK keeps an idle connection, so that none is closed just as it is used again.
    this.#server.keepAliveTimeout = 120_000;
  }

  static async start(options: AwsEndpointOptions): Promise<AwsEndpoint> {
    const endpoint = new AwsEndpoint(options);
    endpoint.#server.listen(options.port, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get calls(): readonly Call[] {
    return this.#record.calls;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The endpoint is closed.');
    }
    return `http://127.0.0.1:${address.port}`;
  }

  /** Pauses the cluster, as after a time without calls: the next call makes it resume, which takes `resumeMs`. */
  pause(resumeMs: number): void {
    this.#services.dataApi.pause(resumeMs);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all([closed, this.#services.dataApi.close()]);
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = message.url?.split('?')[0] ?? '';
    let call: Call | undefined;
    let reply: Reply;
    try {
      const name = findOperation(message, path);
      const { service } = operations[name];
      const request = await readRequest(message, path, service);
      call = this.#record.add(service, name, request.body);
      reply = await this.#run(call, name, request);
    } catch (error) {
      const failure = error instanceof AwsError ? error : internalError(error);
      if (call?.outcome === 'pending') {
        call.outcome = failure.name;
      }
      reply = errorReply(failure, message);
    }
    if (call?.outcome === 'pending') {
      call.outcome = 'ok';
    }
    if (call?.outcome === 'lost-response' || call?.outcome === 'dropped-request') {
      response.destroy();
    } else {
      respond(response, reply);
    }
  }

  async #run(call: Call, name: keyof typeof operations, request: OperationRequest): Promise<Reply> {
    const fault = this.onCall?.(call);
    if (fault?.kind === 'delay') {
      await wait(fault.ms, undefined, { ref: false });
    }
    if (fault?.kind === 'error') {
      throw new AwsError(fault.name, fault.message ?? fault.name, fault.status);
    }
    if (fault?.kind === 'dropped-request') {
      call.outcome = fault.kind;
    }
    if (fault?.kind === 'dropped-request') {
      return { status: 0, body: '' };
    }

    try {
      return await operations[name].run(this.#services, request);
    } finally {
      if (fault?.kind === 'lost-response') {
        call.outcome = fault.kind;
      }
    }
  }
}

const internalError = (error: unknown): AwsError =>
  new AwsError(
    'InternalServerErrorException',
    error instanceof Error ? (error.stack ?? error.message) : `${error}`,
    500,
  );

const respond = (response: ServerResponse, { status, headers, body }: Reply): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};

// The local AWS endpoint: one HTTP server on loopback for RDS Data API, Secrets Manager and Lambda Invoke.
// Requests are signed by whoever sends them; any region and any credentials will do, so signatures are not looked at.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, startLoopbackServer } from '../support/loopback-server.ts';
import { type Call, CallRecord } from './calls.ts';
import { DataApi, type DataApiOptions } from './data-api/data-api.ts';
import { type Ending, replied, send } from './ending.ts';
import { AwsError, errorReply } from './errors.ts';
import { type OnCall, runWithFaults } from './faults.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import { type Backends, type OperationName, operations } from './operations.ts';
import { findOperation, protocolOf, readRequest } from './read-request.ts';
import { findElsewhere } from './secrets-manager/find-elsewhere.ts';
import { SecretStore } from './secrets-manager/secret-store.ts';
import type { OperationRequest } from './services.ts';

export interface AwsEndpointOptions extends Omit<DataApiOptions, 'findSecret'> {
  /** 0 for any free port. */
  port: number;
  /** Another Secrets Manager, asked for secrets that this one does not have. */
  secretsEndpoint?: string | undefined;
  /** Whether `calls` is filled. */
  keepCalls: boolean;
}

const CONTENT_TYPES = { 'rest-json': 'application/json', 'json-1.1': 'application/x-amz-json-1.1' };

export class AwsEndpoint {
  readonly secrets = new SecretStore();
  /** Asked before each call whether something is to go wrong with it. */
  onCall: OnCall | undefined;
  readonly #record: CallRecord;
  readonly #functions = new Map<string, LocalFunction>();
  readonly #backends: Backends;
  #server: LoopbackServer | undefined;

  private constructor(options: AwsEndpointOptions) {
    const elsewhere = options.secretsEndpoint && findElsewhere(options.secretsEndpoint);
    const findSecret = async (id: string) =>
      this.secrets.find(id) ?? (elsewhere ? await elsewhere(id) : undefined);
    this.#record = new CallRecord(options.keepCalls);
    this.#backends = {
      dataApi: new DataApi({ ...options, findSecret }),
      findSecret,
      functions: this.#functions,
    };
  }

  static async start(options: AwsEndpointOptions): Promise<AwsEndpoint> {
    const endpoint = new AwsEndpoint(options);
    endpoint.#server = await startLoopbackServer({
      port: options.port,
      handle: (message, response) => endpoint.#answer(message, response),
    });
    return endpoint;
  }

  get calls(): readonly Call[] {
    return this.#record.calls;
  }

  get url(): string {
    if (this.#server === undefined) {
      throw new Error('The endpoint has not started.');
    }
    return this.#server.url;
  }

  /** Makes a function known to Invoke by its name. */
  addFunction(name: string, added: LocalFunction): void {
    this.#functions.set(name, added);
  }

  /** Pauses the cluster, as after a time without calls: the next call makes it resume, which takes `resumeMs`. */
  pause(resumeMs: number): void {
    this.#backends.dataApi.pause(resumeMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#server?.close(), this.#backends.dataApi.close()]);
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-type', CONTENT_TYPES[protocolOf(message)]);
    response.setHeader('x-amzn-requestid', randomUUID());
    send(response, await this.#call(message));
  }

  async #call(message: IncomingMessage): Promise<Ending> {
    let call: Call | undefined;
    try {
      const name = findOperation(message);
      const request = await readRequest(message, name);
      call = this.#record.add(operations[name].service, name, request.json);
      const ending = await this.#run(call, name, request);
      call.outcome = ending.outcome;
      return ending;
    } catch (error) {
      if (!(error instanceof AwsError) && !message.complete) {
        throw error;
      }
      const failure = error instanceof AwsError ? error : internalError(error);
      if (call !== undefined) {
        call.outcome = failure.name;
      }
      return replied(errorReply(failure, protocolOf(message)));
    }
  }

  #run(call: Call, name: OperationName, request: OperationRequest): Promise<Ending> {
    const faults = [this.onCall?.(call) ?? []].flat();
    return runWithFaults(faults, () => operations[name].run(this.#backends, request));
  }
}

/** The cause goes to the log of the stack. In an answer it would show a caller the paths of this machine. */
const internalError = (error: unknown): AwsError => {
  console.error(error);
  return new AwsError(
    'InternalServerErrorException',
    'The local endpoint has failed. Its log has the cause.',
    500,
  );
};

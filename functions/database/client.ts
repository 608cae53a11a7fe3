// The only RDS Data API client: one statement a call, with typed results.
import {
  ExecuteStatementCommand,
  type ExecuteStatementCommandOutput,
  RDSDataClient,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Variables } from '../contract.ts';
import { EarlyAgent } from './early-agent.ts';
import { DatabaseAnswerError } from './errors.ts';
import { errorName, OWN_SQLSTATE, RESUMING, sqlStateOf } from './failures.ts';
import type { Row } from './fields.ts';

export interface Statement {
  sql: string;
  parameters?: SqlParameter[];
  /** Lets the SQL run on past the Data API's 45 s, although the call still ends in StatementTimeoutException. */
  continueAfterTimeout?: boolean;
  /** Asks for `formatted` in the place of `rows`: see rows.ts. */
  formatRecordsAs?: 'JSON';
}

export interface StatementResult {
  rows: Row[];
  /** Rows inserted, updated or deleted; 0 where rows are returned. */
  updated: number;
  /** The rows as a JSON array of objects, where `formatRecordsAs` asked for it. */
  formatted?: string;
}

/** Sends one statement in a session of its own, committed when it succeeds. Errors are the Data API's own. */
export type Execute = (statement: Statement) => Promise<StatementResult>;

/** Counts the calls of one invocation and those that failed, except for what a resuming cluster refuses. */
export interface CallMeter {
  dataApiCalls: number;
  dataApiErrors: number;
}

/** A function's connection: bound to an invocation, it sends that invocation's statements until `signal` is aborted. */
export type Connection = ((meter: CallMeter, signal?: AbortSignal) => Execute) & {
  /** Closes what nobody has used for a while, so that the next call opens a connection of its own. */
  closeStale: () => void;
  /**
   * Goes the way of a statement while the function starts, up to a connection over which nothing is sent: what it takes costs
   * no request its time. A failure shows at the first statement.
   */
  openEarly: () => void;
};

/**
 * While Lambda freezes a function between invocations, AWS may close a kept connection unnoticed. A read that meets one is
 * repeated; of a write nobody could say whether it has run.
 */
const STALE_AFTER_MS = 5_000;

/** For a request that somebody waits for: API Gateway gives up after 30 s, retries included. */
export const REQUEST_TIMEOUT_MS = 8_000;
const CONNECTION_TIMEOUT_MS = 2_000;
const HTTPS_PORT = 443;

/**
 * Connects a function to its database. `requestTimeout` (ms) is how long one call may wait for its answer before it is given
 * up. With the answer's headers the SDK ends that limit, so the socket has one of its own: an answer whose rest does not come
 * is given up as well.
 */
export const connect = (target: Variables<'database'>, requestTimeout: number): Connection => {
  const httpsAgent = new EarlyAgent(STALE_AFTER_MS);
  const requestHandler = new NodeHttpHandler({
    httpsAgent,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    socketTimeout: requestTimeout,
    throwOnRequestTimeout: true,
  });
  // The SDK would repeat what may have run, see attempts.ts; the engine repeats by its own rules.
  const client = new RDSDataClient({ maxAttempts: 1, requestHandler });
  // Not a monotonic clock, which may stand still while the function is frozen.
  let usedAt = 0;
  const connection = (meter: CallMeter, signal?: AbortSignal): Execute => {
    const execute = counted(executeWith(client, target, signal), meter);
    return (statement) =>
      execute(statement).finally(() => {
        usedAt = Date.now();
      });
  };
  const closeStale = () => {
    if (Math.abs(Date.now() - usedAt) > STALE_AFTER_MS) {
      closeIdleSockets(requestHandler);
    }
  };
  const openEarly = () => {
    const command = new ExecuteStatementCommand({ ...namesOf(target), sql: '' });
    command.middlewareStack.add(() => connectOnly(httpsAgent), { step: 'finalizeRequest', priority: 'low' });
    client.send(command).catch(() => {});
  };
  return Object.assign(connection, { closeStale, openEarly });
};

/** In the place of what sends a request, which is signed by then: only the SDK knows where it goes. */
const connectOnly =
  (agent: EarlyAgent) =>
  async ({ request }: { request: unknown }) => {
    if (HttpRequest.isInstance(request) && request.protocol === 'https:') {
      agent.openEarly(request.hostname, request.port ?? HTTPS_PORT);
    }
    return { response: undefined, output: { $metadata: {} } };
  };

const closeIdleSockets = (handler: NodeHttpHandler): void => {
  const { httpAgent, httpsAgent } = handler.httpHandlerConfigs();
  for (const agent of [httpAgent, httpsAgent]) {
    const free = agent !== undefined && 'freeSockets' in agent ? agent.freeSockets : {};
    for (const socket of Object.values(free).flatMap((sockets) => sockets ?? [])) {
      socket.destroy();
    }
  }
};

/** Sends statements through a client that somebody else has set up. */
export const executeWith = (
  client: RDSDataClient,
  target: Variables<'database'>,
  abortSignal?: AbortSignal,
): Execute => {
  const names = namesOf(target);

  return async (statement) => {
    const command = new ExecuteStatementCommand({ ...names, ...statement });
    const answered = await client.send(command, abortSignal && { abortSignal });
    return resultOf(answered);
  };
};

const namesOf = ({ clusterArn, secretArn, name }: Variables<'database'>) => ({
  resourceArn: clusterArn,
  secretArn,
  database: name,
});

/** The SDK does not look at an answer's shape. @throws DatabaseAnswerError where it is not one of the Data API's */
const resultOf = (answered: ExecuteStatementCommandOutput): StatementResult => {
  const { records = [], numberOfRecordsUpdated: updated = 0, formattedRecords: formatted } = answered;
  if (Object.keys(answered).every((member) => member === '$metadata')) {
    throw new DatabaseAnswerError('The Data API answered without a result.');
  }
  const isRows = Array.isArray(records) && records.every((row) => Array.isArray(row) && row.every(isObject));
  if (!isRows || !Number.isInteger(updated) || typeof (formatted ?? '') !== 'string') {
    throw new DatabaseAnswerError('The Data API answered with a result of another form.');
  }
  return { rows: records, updated, ...(formatted !== undefined && { formatted }) };
};

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const counted =
  (execute: Execute, meter: CallMeter): Execute =>
  async (statement) => {
    meter.dataApiCalls += 1;
    try {
      return await execute(statement);
    } catch (error) {
      // Waking a paused cluster is expected: it must not raise the alarm.
      if (errorName(error) !== RESUMING && sqlStateOf(error) !== OWN_SQLSTATE.tried) {
        meter.dataApiErrors += 1;
      }
      throw error;
    }
  };

// The only RDS Data API client: one statement a call, with typed results.
import {
  ExecuteStatementCommand,
  type Field,
  RDSDataClient,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import type { Variables } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { errorName, RESUMING } from './failures.ts';

export interface Statement {
  sql: string;
  parameters?: SqlParameter[];
  /** Lets the SQL run on past the Data API's 45 s, although the call still ends in StatementTimeoutException. */
  continueAfterTimeout?: boolean;
  /** Asks for `formatted` in the place of `rows`: see rows.ts. */
  formatRecordsAs?: 'JSON';
}

export interface StatementResult {
  rows: Field[][];
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

/** A function's connection: bound to the meter of an invocation, it sends that invocation's statements. */
export type Connection = (meter: CallMeter) => Execute;

/** For a request that somebody waits for: API Gateway gives up after 30 s, retries included. */
export const REQUEST_TIMEOUT_MS = 8_000;
const CONNECTION_TIMEOUT_MS = 2_000;

/** Connects a function to its database. `requestTimeout` (ms) is how long one call may take before it is given up. */
export const connect = (target: Variables<'database'>, requestTimeout: number): Connection => {
  const client = new RDSDataClient({
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
    },
  });
  const execute = executeWith(client, target);
  return (meter) => counted(execute, meter);
};

/** Sends statements through a client that somebody else has set up. */
export const executeWith = (client: RDSDataClient, target: Variables<'database'>): Execute => {
  const names = { resourceArn: target.clusterArn, secretArn: target.secretArn, database: target.name };

  return async (statement) => {
    const { records, numberOfRecordsUpdated, formattedRecords } = await client.send(
      new ExecuteStatementCommand({ ...names, ...statement }),
    );
    return {
      rows: records ?? [],
      updated: numberOfRecordsUpdated ?? 0,
      ...(formattedRecords !== undefined && { formatted: formattedRecords }),
    };
  };
};

const counted =
  (execute: Execute, meter: CallMeter): Execute =>
  async (statement) => {
    meter.dataApiCalls += 1;
    try {
      return await execute(statement);
    } catch (error) {
      // Waking a paused cluster is expected: it must not raise the alarm.
      if (errorName(error) !== RESUMING) {
        meter.dataApiErrors += 1;
      }
      throw error;
    }
  };

/** A whole number below 2^53. */
export const whole = (field: Field | undefined): number => {
  if (field?.longValue === undefined) {
    throw unexpected('whole number', field);
  }
  return field.longValue;
};

/** A bytea column. */
export const bytes = (field: Field | undefined): Uint8Array => {
  if (field?.blobValue === undefined) {
    throw unexpected('bytea', field);
  }
  return field.blobValue;
};

/** Names the kinds only: the value itself may be a secret. */
const unexpected = (wanted: string, field: Field | undefined): ServiceError =>
  new ServiceError(
    `The database returned ${Object.keys(field ?? {}).join() || 'no column'} where a ${wanted} was expected.`,
  );

// One structured line for each invocation, which is log entry and EMF metrics in one. It never holds a model, a key,
// a ciphertext, a body or an error's message unless the message is this service's own and free of them.
import type { MiddlewareObj, Request } from '@middy/core';
import type { Context } from 'aws-lambda';
import {
  type AuditCounts,
  type FunctionName,
  metricUnits,
  readVariables,
  variableNames,
} from '../contract.ts';
import type { CallMeter } from '../database/client.ts';
import { errorName, sqlStateOf } from '../database/failures.ts';
import { type Code, type Kind, ServiceError } from '../errors.ts';
import { embeddedMetrics } from './emf.ts';

/** What is known of the current invocation; handlers add the workspace once they know it. */
export interface Invocation extends CallMeter {
  /** Aborted where the invocation is answered before its handler has ended. */
  signal?: AbortSignal;
  workspaceId?: string;
  /** Of a monotonic clock, for the duration. */
  startedAt: number;
  /** Milliseconds since 1970. Lambda's own metrics have this time, and an alarm compares the two; counts are of the end. */
  invokedAt: number;
  /** Metrics of audit alone. */
  counts?: AuditCounts;
  /** More fields of the line. */
  details?: Record<string, unknown>;
}

/** The Lambda context of a handler under `observe`. */
export type ObservedContext = Context & { invocation: Invocation };

/** Sets a request's `response`, or the `error` that the caller is to see. */
export type MapError<Event, Result> = (request: Request<Event, Result, Error, ObservedContext>) => void;

type Outcome = 'ok' | Kind;

/**
 * Counts, times and logs the invocation under the service's name. `mapError` is called once the error is logged, not as
 * a part of its own: it replaces the error, and the log needs the error's own name and cause.
 */
export const observe = <Event, Result>(
  serviceName: FunctionName,
  mapError: MapError<Event, Result>,
): MiddlewareObj<Event, Result, Error, ObservedContext> => {
  const metrics = embeddedMetrics(
    readVariables(variableNames.telemetry).metricsNamespace,
    serviceName,
    metricUnits,
  );
  let cold = 1;

  const report = (context: ObservedContext, error?: Error) => {
    const { workspaceId, startedAt, invokedAt, dataApiCalls, dataApiErrors, counts, details } =
      context.invocation;
    const outcome = outcomeOf(error);
    const durationMs = performance.now() - startedAt;
    const line = {
      level: outcome === 'failed' ? 'ERROR' : 'INFO',
      message: `${serviceName} ${outcome}`,
      timestamp: new Date().toISOString(),
      ...metrics(
        counts === undefined ? invokedAt : Date.now(),
        {
          Duration: durationMs,
          DataApiCalls: dataApiCalls,
          DataApiErrors: dataApiErrors,
          Refused: Number(outcome === 'refused'),
          Failed: Number(outcome === 'failed'),
          ColdStart: cold,
        },
        counts,
      ),
      outcome,
      code: error === undefined ? 'OK' : codeOf(error),
      workspace_id: workspaceId,
      duration_ms: Math.round(durationMs * 1_000) / 1_000,
      data_api_calls: dataApiCalls,
      request_id: context.awsRequestId,
      xray_trace_id: /Root=([^;]+)/.exec(process.env['_X_AMZN_TRACE_ID'] ?? '')?.[1],
      ...details,
      ...(outcome === 'failed' && { error: describe(error) }),
    };
    cold = 0;
    // Not by console.log, before which Lambda writes a time, the request and a level: no JSON any more, and no metrics.
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };

  return {
    before: ({ context }) => {
      context.invocation = {
        startedAt: performance.now(),
        invokedAt: Date.now(),
        dataApiCalls: 0,
        dataApiErrors: 0,
      };
    },
    after: ({ context }) => report(context),
    onError: (request) => {
      report(request.context, request.error ?? undefined);
      mapError(request);
    },
  };
};

const outcomeOf = (error?: Error): Outcome => {
  if (error === undefined) {
    return 'ok';
  }
  return error instanceof ServiceError ? error.kind : 'failed';
};

const codeOf = (error: Error): Code => (error instanceof ServiceError ? error.code : 'INTERNAL_ERROR');

interface ErrorDescription {
  name: string;
  message?: string;
  sqlState?: string;
  stack?: string;
  cause?: ErrorDescription;
}

/** Foreign messages may quote values (PostgreSQL's do), so of other errors only name, SQLSTATE and stack frames are logged. */
const describe = (error: unknown): ErrorDescription => {
  if (!(error instanceof Error)) {
    return { name: errorName(error) };
  }
  const sqlState = sqlStateOf(error);
  return {
    name: error.name,
    ...(error instanceof ServiceError ? { message: error.message } : { stack: framesOf(error) }),
    ...(sqlState !== '' && { sqlState }),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
};

const framesOf = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
    .join('\n');

// The operations of the endpoint: this list is all that it knows, and the table in docs/local-stack.md is tested against it.
import type { IncomingHttpHeaders } from 'node:http';
import { batchExecuteStatement } from './data-api/batch-execute-statement.ts';
import { beginTransaction } from './data-api/begin-transaction.ts';
import type { DataApi } from './data-api/data-api.ts';
import { commitTransaction, rollbackTransaction } from './data-api/end-transaction.ts';
import { executeStatement } from './data-api/execute-statement.ts';
import { invoke } from './lambda/invoke.ts';
import type { LocalFunctions } from './lambda/local-function.ts';
import { describeSecret } from './secrets-manager/describe-secret.ts';
import { getSecretValue } from './secrets-manager/get-secret-value.ts';
import type { FindSecret } from './secrets-manager/secret-store.ts';

export interface Services {
  dataApi: DataApi;
  findSecret: FindSecret;
  functions: LocalFunctions;
}

export interface OperationRequest {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed text; nothing for Lambda, whose payloads are the function's own affair. */
  body: unknown;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

const ok = (body: string): Reply => ({ status: 200, body });

export const operations = {
  ExecuteStatement: {
    service: 'rds-data',
    route: 'POST /Execute',
    run: async ({ dataApi }: Services, { body }: OperationRequest) =>
      ok(await executeStatement(dataApi, body)),
  },
  BatchExecuteStatement: {
    service: 'rds-data',
    route: 'POST /BatchExecute',
    run: async ({ dataApi }: Services, { body }: OperationRequest) =>
      ok(await batchExecuteStatement(dataApi, body)),
  },
  BeginTransaction: {
    service: 'rds-data',
    route: 'POST /BeginTransaction',
    run: async ({ dataApi }: Services, { body }: OperationRequest) =>
      ok(await beginTransaction(dataApi, body)),
  },
  CommitTransaction: {
    service: 'rds-data',
    route: 'POST /CommitTransaction',
    run: async ({ dataApi }: Services, { body }: OperationRequest) =>
      ok(await commitTransaction(dataApi, body)),
  },
  RollbackTransaction: {
    service: 'rds-data',
    route: 'POST /RollbackTransaction',
    run: async ({ dataApi }: Services, { body }: OperationRequest) =>
      ok(await rollbackTransaction(dataApi, body)),
  },
  GetSecretValue: {
    service: 'secretsmanager',
    route: 'secretsmanager.GetSecretValue',
    run: async ({ findSecret }: Services, { body }: OperationRequest) =>
      ok(await getSecretValue(findSecret, body)),
  },
  DescribeSecret: {
    service: 'secretsmanager',
    route: 'secretsmanager.DescribeSecret',
    run: async ({ findSecret }: Services, { body }: OperationRequest) =>
      ok(await describeSecret(findSecret, body)),
  },
  Invoke: {
    service: 'lambda',
    route: 'POST /2015-03-31/functions/{FunctionName}/invocations',
    run: ({ functions }: Services, { path, headers, text }: OperationRequest): Promise<Reply> =>
      invoke(functions, {
        functionName: decodeURIComponent(path.split('/')[3] ?? ''),
        payload: text,
        invocationType: `${headers['x-amz-invocation-type'] ?? 'RequestResponse'}`,
        logType: `${headers['x-amz-log-type'] ?? 'None'}`,
      }),
  },
} as const;

export type OperationName = keyof typeof operations;

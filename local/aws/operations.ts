// The operations of the endpoint: this map has all of them. docs/data-api.md has a table of them, held equal by a test.
// Nothing that is deployed uses BatchExecuteStatement or transactions. They are here for any other program that speaks
// the Data API: the endpoint is to stand in for AWS, not for what this service happens to call.
import type { Reply } from '../support/loopback-server.ts';
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
import type { OperationRequest, ServiceName } from './services.ts';

export interface Backends {
  dataApi: DataApi;
  findSecret: FindSecret;
  functions: LocalFunctions;
}

interface Operation {
  service: ServiceName;
  /** Method and path, or the X-Amz-Target. */
  route: string;
  run: (backends: Backends, request: OperationRequest) => Promise<Reply>;
}

type JsonOperation<Backend> = (backend: Backend, body: unknown) => Promise<string>;

const dataApi = (route: string, run: JsonOperation<DataApi>): Operation => ({
  service: 'rds-data',
  route,
  run: async (backends, { json }) => ({ status: 200, body: await run(backends.dataApi, json) }),
});

const secretsManager = (route: string, run: JsonOperation<FindSecret>): Operation => ({
  service: 'secretsmanager',
  route,
  run: async (backends, { json }) => ({ status: 200, body: await run(backends.findSecret, json) }),
});

export const operations = {
  ExecuteStatement: dataApi('POST /Execute', executeStatement),
  BatchExecuteStatement: dataApi('POST /BatchExecute', batchExecuteStatement),
  BeginTransaction: dataApi('POST /BeginTransaction', beginTransaction),
  CommitTransaction: dataApi('POST /CommitTransaction', commitTransaction),
  RollbackTransaction: dataApi('POST /RollbackTransaction', rollbackTransaction),
  GetSecretValue: secretsManager('secretsmanager.GetSecretValue', getSecretValue),
  DescribeSecret: secretsManager('secretsmanager.DescribeSecret', describeSecret),
  Invoke: {
    service: 'lambda',
    route: 'POST /2015-03-31/functions/{FunctionName}/invocations',
    run: ({ functions }, request) => invoke(functions, request),
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

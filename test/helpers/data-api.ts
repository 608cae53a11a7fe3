// The Data API's operations on a test stack, and the claim that one is refused.
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type Field,
  RDSDataServiceException,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { expect } from 'vitest';
import type { TestStack } from './local-stack.ts';

type Extras = Partial<Omit<ExecuteStatementCommandInput, 'sql'>>;

export const dataApiOf = ({ rdsData, target }: TestStack) => {
  const execute = (sql: string, extras: Extras = {}) =>
    rdsData.send(new ExecuteStatementCommand({ ...target, sql, ...extras }));
  return {
    execute,
    /** The fields of the only row. */
    row: async (sql: string, extras: Extras = {}): Promise<Field[]> => {
      const { records = [] } = await execute(sql, extras);
      expect(records).toHaveLength(1);
      return records[0] ?? [];
    },
    batch: (
      sql: string,
      parameterSets: SqlParameter[][],
      extras: { transactionId?: string; resourceArn?: string } = {},
    ) => rdsData.send(new BatchExecuteStatementCommand({ ...target, sql, parameterSets, ...extras })),
    begin: async (): Promise<string> =>
      (await rdsData.send(new BeginTransactionCommand(target))).transactionId ?? '',
    commit: (transactionId: string) =>
      rdsData.send(new CommitTransactionCommand({ ...target, transactionId })),
    rollback: (transactionId: string) =>
      rdsData.send(new RollbackTransactionCommand({ ...target, transactionId })),
  };
};

/** Claims that a call fails with this name and status, and with words that match. */
export const expectCallRefused = async (
  call: Promise<unknown>,
  name: string,
  words: RegExp | string,
  status = 400,
): Promise<RDSDataServiceException> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RDSDataServiceException)) {
    throw new Error(`Not refused by the Data API: ${error}`);
  }
  expect(error.name).toBe(name);
  expect(error.message).toMatch(words);
  expect(error.$metadata.httpStatusCode).toBe(status);
  return error;
};

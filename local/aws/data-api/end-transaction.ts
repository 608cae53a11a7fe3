// CommitTransaction and RollbackTransaction.
import { AwsError } from '../errors.ts';
import type { DataApi } from './data-api.ts';
import { withAwsErrors } from './database-errors.ts';
import { type EndedTransaction, endTransactionRequest, parseRequest } from './requests.ts';
import { Running } from './running.ts';

export const commitTransaction = async (api: DataApi, body: unknown): Promise<string> => {
  await commit(api, parseRequest(endTransactionRequest, body));
  return JSON.stringify({ transactionStatus: 'Transaction Committed' });
};

export const rollbackTransaction = async (api: DataApi, body: unknown): Promise<string> => {
  await runCommand(api, parseRequest(endTransactionRequest, body), 'ROLLBACK');
  return JSON.stringify({ transactionStatus: 'Rollback Complete' });
};

/** @throws AwsError where a statement has failed before: PostgreSQL then answers COMMIT by rolling back. */
export const commit = async (api: DataApi, target: EndedTransaction): Promise<void> => {
  if ((await runCommand(api, target, 'COMMIT')) === 'COMMIT') {
    return;
  }
  throw new AwsError(
    'DatabaseErrorException',
    'ERROR: the transaction was aborted and rolled back; SQLState: 25P02',
  );
};

/** Which command PostgreSQL says that it has carried out. */
const runCommand = async (
  api: DataApi,
  { transactionId, ...target }: EndedTransaction,
  command: 'COMMIT' | 'ROLLBACK',
): Promise<string> =>
  withAwsErrors(async () => {
    await api.login(target);
    return api.transactions.finish({ transactionId }, ({ client }) => {
      const answer = client.query(command).then((result) => result.command);
      const ended = answer.then(
        () => true,
        () => false,
      );
      return new Running(answer, ended);
    });
  });

// CommitTransaction and RollbackTransaction.
import { AwsError } from '../errors.ts';
import type { DataApi } from './data-api.ts';
import { endTransactionRequest, parseRequest } from './requests.ts';
import { type CallTarget, withConnection } from './with-connection.ts';

export const commitTransaction = async (api: DataApi, body: unknown): Promise<string> => {
  await commit(api, parseRequest(endTransactionRequest, body));
  return JSON.stringify({ transactionStatus: 'Transaction Committed' });
};

export const rollbackTransaction = async (api: DataApi, body: unknown): Promise<string> => {
  await runCommand(api, parseRequest(endTransactionRequest, body), 'ROLLBACK');
  return JSON.stringify({ transactionStatus: 'Rollback Complete' });
};

/** @throws AwsError where a statement has failed before: PostgreSQL then answers COMMIT by rolling back. */
export const commit = async (api: DataApi, target: CallTarget): Promise<void> => {
  if ((await runCommand(api, target, 'COMMIT')) === 'COMMIT') {
    return;
  }
  throw new AwsError(
    'DatabaseErrorException',
    'ERROR: the transaction was aborted and rolled back; SQLState: 25P02',
  );
};

/** Which command PostgreSQL says that it has carried out. */
const runCommand = (api: DataApi, target: CallTarget, command: 'COMMIT' | 'ROLLBACK'): Promise<string> =>
  withConnection(api, target, ({ client }) => {
    const answer = client.query(command).then((result) => result.command);
    const ended = answer.then(
      () => true,
      () => false,
    );
    return { answer, ended };
  });

// Gives a call its connection: the transaction's, or one from the pool whose session is new and stays nobody's.
import { type DataApi, databaseOf } from './data-api.ts';
import { withAwsErrors } from './database-errors.ts';
import type { Target } from './requests.ts';
import type { Running } from './running.ts';
import type { Connection } from './sessions.ts';

export interface CallTarget extends Target {
  transactionId?: string | undefined;
}

/** `work` is told whether to have the session reset after its statement. @throws AwsError */
export const withConnection = <T>(
  api: DataApi,
  target: CallTarget,
  work: (connection: Connection, resets: boolean) => Running<T>,
): Promise<T> =>
  withAwsErrors(async () => {
    const login = await api.login(target);
    const { transactionId, database } = target;
    if (transactionId !== undefined) {
      return await api.transactions.use({ transactionId, database }, (connection) => work(connection, false));
    }
    return await pooled(await api.sessions.connect(login, databaseOf(target, login)), work);
  });

const pooled = <T>(
  connection: Connection,
  work: (connection: Connection, resets: boolean) => Running<T>,
): Promise<T> => {
  const { answer, ended } = work(connection, true);
  ended.then((isAsNew) => connection.client.release(!isAsNew));
  return answer;
};

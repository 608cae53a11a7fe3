// Gives a call its connection: the transaction's, or one from the pool whose session is new and stays nobody's.
import type { DataApi } from './data-api.ts';
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
    if (target.transactionId !== undefined) {
      return await api.transactions.use(target.transactionId, (connection) => work(connection, false));
    }
    // Without a name of a database, PostgreSQL's own default applies: the one named like the user.
    return await pooled(await api.sessions.connect(login, target.database || login.username), work);
  });

const pooled = <T>(
  connection: Connection,
  work: (connection: Connection, resets: boolean) => Running<T>,
): Promise<T> => {
  const { answer, ended } = work(connection, true);
  ended.then((isAsNew) => connection.client.release(!isAsNew));
  return answer;
};

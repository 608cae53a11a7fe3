// BeginTransaction: a connection of one's own until commit, rollback or expiry.
import { type DataApi, databaseOf } from './data-api.ts';
import { withAwsErrors } from './database-errors.ts';
import { beginTransactionRequest, parseRequest, type Target } from './requests.ts';

export const beginTransaction = async (api: DataApi, body: unknown): Promise<string> =>
  JSON.stringify({ transactionId: await begin(api, parseRequest(beginTransactionRequest, body)) });

/** The id of a new transaction. @throws AwsError */
export const begin = (api: DataApi, target: Target): Promise<string> =>
  withAwsErrors(async () => {
    const login = await api.login(target);
    const database = databaseOf(target, login);
    const connection = await api.sessions.connect(login, database);
    await connection.client.query('BEGIN').catch((error: unknown) => {
      connection.client.release(true);
      throw error;
    });
    return api.transactions.add(connection, database);
  });

// BatchExecuteStatement: one statement, run once for each set of parameters, all of them or none.
import { begin } from './begin-transaction.ts';
import type { DataApi } from './data-api.ts';
import { commit } from './end-transaction.ts';
import { type BoundStatement, bindParameters } from './parameters.ts';
import { replacePlaceholders } from './placeholders.ts';
import { batchExecuteRequest, parseRequest } from './requests.ts';
import { runStatement } from './run-statement.ts';
import { type CallTarget, withConnection } from './with-connection.ts';

export const batchExecuteStatement = async (api: DataApi, body: unknown): Promise<string> => {
  const { sql, parameterSets = [], ...target } = parseRequest(batchExecuteRequest, body);
  const replaced = replacePlaceholders(sql);
  const statements = parameterSets.map((set) => bindParameters(replaced, set));

  const { transactionId } = target;
  if (transactionId !== undefined) {
    await runAll(api, target, statements);
  } else {
    await runInTransaction(api, target, statements);
  }
  // AWS fills generatedFields for MySQL only.
  return JSON.stringify({ updateResults: statements.map(() => ({ generatedFields: [] })) });
};

const runInTransaction = async (
  api: DataApi,
  target: CallTarget,
  statements: BoundStatement[],
): Promise<void> => {
  const own = { ...target, transactionId: await begin(api, target) };
  try {
    await runAll(api, own, statements);
    await commit(api, own);
  } catch (error) {
    await api.transactions.abandon(own.transactionId);
    throw error;
  }
};

const runAll = async (api: DataApi, target: CallTarget, statements: BoundStatement[]): Promise<void> => {
  const deadline = Date.now() + api.statementTimeoutMs;
  for (const statement of statements) {
    await withConnection(api, target, (connection) =>
      runStatement(connection, statement, {
        timeoutMs: Math.max(1, deadline - Date.now()),
        continueAfterTimeout: false,
        resets: false,
      }),
    );
  }
};

// BatchExecuteStatement: one statement, run once for each set of parameters, all of them or none.
import { begin } from './begin-transaction.ts';
import type { DataApi } from './data-api.ts';
import { commit } from './end-transaction.ts';
import { type BoundStatement, bindParameters } from './parameters.ts';
import { replacePlaceholders } from './placeholders.ts';
import { batchExecuteRequest, type EndedTransaction, parseRequest, type Target } from './requests.ts';
import { runStatement } from './run-statement.ts';
import { Running } from './running.ts';
import { withConnection } from './with-connection.ts';

export const batchExecuteStatement = async (api: DataApi, body: unknown): Promise<string> => {
  const { sql, parameterSets = [], ...target } = parseRequest(batchExecuteRequest, body);
  const replaced = replacePlaceholders(sql);
  const statements = parameterSets.map((set) => bindParameters(replaced, set));

  const { transactionId } = target;
  if (transactionId !== undefined) {
    await runAll(api, { ...target, transactionId }, statements);
  } else {
    await runInTransaction(api, target, statements);
  }
  // AWS fills generatedFields for MySQL only.
  return JSON.stringify({ updateResults: statements.map(() => ({ generatedFields: [] })) });
};

const runInTransaction = async (
  api: DataApi,
  target: Target,
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

/** As one use of the transaction: no other call comes between two statements. */
const runAll = (api: DataApi, target: EndedTransaction, statements: BoundStatement[]): Promise<void> =>
  withConnection(api, target, (connection) => {
    let ended = Promise.resolve(true);
    const deadline = Date.now() + api.statementTimeoutMs;
    const runEach = async () => {
      for (const statement of statements) {
        const timeoutMs = Math.max(1, deadline - Date.now());
        const run = runStatement(connection, statement, {
          timeoutMs,
          continueAfterTimeout: false,
          resets: false,
        });
        ended = run.ended;
        await run.answer;
      }
    };
    const answer = runEach();
    return new Running(
      answer,
      answer.then(
        () => ended,
        () => ended,
      ),
    );
  });

// ExecuteStatement: one statement with named parameters, and its result.
import type { DataApi } from './data-api.ts';
import { formatResult } from './format-result.ts';
import { bindParameters } from './parameters.ts';
import { replacePlaceholders } from './placeholders.ts';
import { executeRequest, parseRequest } from './requests.ts';
import { runStatement } from './run-statement.ts';
import { withConnection } from './with-connection.ts';

export const executeStatement = async (api: DataApi, body: unknown): Promise<string> => {
  const request = parseRequest(executeRequest, body);
  const statement = bindParameters(replacePlaceholders(request.sql), request.parameters ?? []);
  return withConnection(api, request, (connection, resets) =>
    runStatement(connection, statement, {
      timeoutMs: api.statementTimeoutMs,
      continueAfterTimeout: request.continueAfterTimeout ?? false,
      resets,
    }).map((result) => formatResult(result, request, connection.client)),
  );
};

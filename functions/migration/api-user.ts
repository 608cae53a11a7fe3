// The API's database user, as a deploy sets it up: whether it can be made is asked before any row is touched, and once
// made it is tried, so that a hardened database fails the deploy and not the first request.
import { randomUUID } from 'node:crypto';
import { grantApiUser, missingGrants, missingRight } from '../database/api-user-sql.ts';
import type { Execute } from '../database/client.ts';
import { WorkspaceNotFoundError } from '../database/errors.ts';
import { errorName, sqlStateOf } from '../database/failures.ts';
import { findModel } from '../database/workspace-model.ts';
import { scramVerifier } from '../secrets/scram.ts';
import { DatabaseSetupError } from './errors.ts';
import { retrying } from './retry.ts';

export interface ApiUserOptions {
  /** Statements as the owner. */
  execute: Execute;
  username: string;
  password: string;
  /** Statements as that user. */
  executeAsUser: Execute;
}

/** @throws DatabaseSetupError with the statement that gives the owner the right */
export const requireRightToMake = async ({ execute, username }: ApiUserOptions): Promise<void> => {
  const statement = await missingRight(retrying(execute, 'API user'), username);
  if (statement === undefined) {
    return;
  }
  throw new DatabaseSetupError(
    `The owner in databaseSecretArn may not set up the API's database user ${username}. Nothing was changed. ` +
      `Run as the cluster's master user, then deploy again: ${statement};`,
  );
};

/** @throws DatabaseSetupError when the user cannot do its work afterwards */
export const setUpApiUser = async (options: ApiUserOptions): Promise<void> => {
  const { username, password } = options;
  const execute = retrying(options.execute, 'API user');
  await grantApiUser(execute, username, scramVerifier(password));
  const missing = await missingGrants(execute, username);
  if (missing.length > 0) {
    throw new DatabaseSetupError(
      `The API's database user ${username} cannot reach the tables, and their owner may not let it. ` +
        `Run as the cluster's master user, then deploy again: ${missing.join('; ')};`,
    );
  }
  await requireAnswer(options);
};

const requireAnswer = async ({ executeAsUser, username }: ApiUserOptions): Promise<void> => {
  try {
    await findModel(executeAsUser, randomUUID());
  } catch (cause) {
    if (cause instanceof WorkspaceNotFoundError) {
      return;
    }
    throw new DatabaseSetupError(
      `The API's database user ${username} cannot read a pick (${sqlStateOf(cause) || errorName(cause)}). ` +
        "Check whether the cluster lets it log in, and its search_path against the owner's; then deploy again.",
      { cause },
    );
  }
};

// The API's database user, as a deploy sets it up: whether it can be made is checked before any row is touched, and once
// made it is tried, so that a hardened database fails the deploy and not the first request.
import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { grantApiUser, missingGrants } from '../database/api-user-sql.ts';
import type { Database } from '../database/attempts.ts';
import type { Execute } from '../database/client.ts';
import { DatabaseNotMigratedError, WorkspaceNotFoundError } from '../database/errors.ts';
import { errorName, sqlStateOf } from '../database/failures.ts';
import { endKeptSessions } from '../database/kept-sessions.ts';
import { NEEDED_VERSION } from '../database/pick-sql.ts';
import { serviceErrorOf } from '../database/service-error.ts';
import { findModel } from '../database/workspace-model.ts';
import { scramVerifier } from '../secrets/scram.ts';
import { readSecret } from '../secrets/secrets-manager.ts';
import { DatabaseSetupError, MigrationFailedError } from './errors.ts';
import { tryApi } from './preflight/trial.ts';
import { retrying, retryingPassing } from './retry.ts';
import { unreachableTables } from './setup-advice.ts';

const Credentials = z.object({ username: z.string(), password: z.string() });

export type Credentials = z.infer<typeof Credentials>;

/** @throws DatabaseSetupError where the secret holds no user and password; SecretError */
export const readCredentials = async (secretArn: string): Promise<Credentials> => {
  const secretString = await readSecret(secretArn);
  try {
    return Credentials.parse(JSON.parse(secretString));
  } catch {
    throw new DatabaseSetupError(
      'The secret in ApiUserSecretArn must be JSON with "username" and "password".',
    );
  }
};

export interface ApiUserSetup {
  /** As the owner. */
  execute: Execute;
  /** As the API's user. */
  executeAsUser: Execute;
  credentials: Credentials;
  /** The version that the database is at. */
  target: string;
}

/** @throws DatabaseSetupError when the user cannot do its work afterwards */
export const setUpApiUser = async ({
  execute,
  executeAsUser,
  credentials: { username, password },
  target,
}: ApiUserSetup): Promise<void> => {
  const patiently = retrying(execute, 'API user');
  await grantApiUser(patiently, username, scramVerifier(password));
  const missing = await missingGrants(patiently, username);
  if (missing.length > 0) {
    throw new DatabaseSetupError(
      unreachableTables(username, missing.map(({ granting }) => granting).join('; ')),
    );
  }
  const answers = () => requireAnswer(executeAsUser, username, target >= NEEDED_VERSION);
  await answers().catch(async (error) => {
    if (!(error instanceof DatabaseSetupError)) {
      throw error;
    }
    // Sessions that the Data API keeps of this user have not its new settings, without which the functions may not work.
    await endKeptSessions(executeAsUser);
    await answers();
  });
};

/** @param isOpen whether the database is at a version at which the user's statements work, and not at an earlier one */
const requireAnswer = async (executeAsUser: Execute, username: string, isOpen: boolean): Promise<void> => {
  const send = retryingPassing(executeAsUser, 'API user');
  const read: Database['read'] = async (statement, parse) => {
    try {
      return parse(await send(statement));
    } catch (error) {
      throw error instanceof MigrationFailedError ? error : serviceErrorOf(error);
    }
  };
  try {
    await findModel({ read }, randomUUID());
  } catch (cause) {
    if (cause instanceof DatabaseNotMigratedError && !isOpen) {
      return;
    }
    if (cause instanceof MigrationFailedError) {
      throw cause;
    }
    if (!(cause instanceof WorkspaceNotFoundError)) {
      throw new DatabaseSetupError(
        `The API's database user ${username} cannot read a pick (${sqlStateOf(cause) || errorName(cause)}). ` +
          'Check whether the cluster lets it log in; then deploy again.',
        { cause },
      );
    }
  }
  const { reasons } = await tryApi(retrying(executeAsUser, 'API user'));
  if (reasons.length > 0) {
    throw new DatabaseSetupError(`As the API's database user ${username}: ${reasons.join(' ')}`);
  }
};

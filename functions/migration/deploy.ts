// What a Create or Update does, from top to bottom: whatever can be refused is refused before a row is touched.
import type { KeyObject } from 'node:crypto';
import type { Report } from '../contract.ts';
import type { Execute } from '../database/client.ts';
import { missingPlaces } from '../database/platform-tables.ts';
import { ServiceError } from '../errors.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import { readCredentials, requireRightToMake, setUpApiUser } from './api-user.ts';
import { type DeployRequest, tokenOf } from './deploy-event.ts';
import { AnotherRunnerError, DatabaseSetupError, MigrationFailedError } from './errors.ts';
import type { Migration } from './migration-files.ts';
import { report } from './rename/report.ts';
import { retrying } from './retry.ts';
import { ledgerOf, type RunOptions, run, undoAbove } from './run.ts';

export interface DeployContext {
  /** As the owner of the tables. */
  execute: Execute;
  /** As the user in a secret. */
  executeAs: (secretArn: string) => Execute;
  migrations: Migration[];
  encryptionKey: EncryptionKey;
  allowed: ReadonlySet<string>;
  startedAt: number;
  /** When the last batch has to end (ms since the epoch). */
  deadline: number;
}

/**
 * Brings the database to the event's target and reports. CloudFormation sends nothing after a failed Create, so a Create
 * that fails anywhere goes back to where it began; after a failed Update it sends the Update that goes back.
 * @throws DatabaseSetupError, HistoryError, AnotherRunnerError, NotFinishedError, MigrationFailedError
 */
export const deploy = async (request: DeployRequest, context: DeployContext): Promise<Report> => {
  const { execute, startedAt, deadline } = context;
  const { TargetVersion, ExistingDatabase, ApiUserSecretArn } = request.ResourceProperties;
  const isCreate = request.RequestType === 'Create';

  const key = await requireEncryptionKey(context.encryptionKey);
  const apiUser = ApiUserSecretArn === undefined ? undefined : await readCredentials(ApiUserSecretArn);
  if (apiUser !== undefined) {
    await requireRightToMake(execute, apiUser.username);
  }
  if (ExistingDatabase === 'true') {
    await requireTables(execute);
  }
  const applied = (await ledgerOf(execute)).filter(({ state }) => state === 'applied');

  try {
    // A Create that fails has to undo itself in the same invocation, which takes about as long as the doing.
    const until = isCreate ? (startedAt + deadline) / 2 : deadline;
    await run(runOptions(request, context, until), TargetVersion);
    if (apiUser !== undefined && ApiUserSecretArn !== undefined) {
      await setUpApiUser(execute, context.executeAs(ApiUserSecretArn), apiUser);
    }
    return await report({ ...context, key });
  } catch (error) {
    if (isCreate) {
      await goBack(runOptions(request, context, deadline), applied.at(-1)?.version ?? '', error);
    }
    throw error;
  }
};

const runOptions = (
  { RequestId }: DeployRequest,
  { execute, migrations }: DeployContext,
  until: number,
): RunOptions => ({
  execute,
  token: tokenOf(RequestId),
  migrations,
  stopReason: () => (Date.now() < until ? undefined : OUT_OF_TIME),
});

const OUT_OF_TIME = {
  reason: 'Out of time.',
  advice: 'Rename so large a fleet ahead of the deploy with "npm run migrate -- up".',
};

/** A key that cannot be read has to fail the deploy, and not every request after it. */
const requireEncryptionKey = (encryptionKey: EncryptionKey): Promise<KeyObject> =>
  encryptionKey.current().catch((cause) => {
    const reason = cause instanceof ServiceError ? cause.message : '';
    throw new DatabaseSetupError(
      `The encryption key cannot be used. ${reason} Nothing was changed. Check encryptionKeySecretArn, and ` +
        'secretsKmsKeyArns where a KMS key of your own encrypts the secret.',
      { cause },
    );
  });

const requireTables = async (execute: Execute): Promise<void> => {
  const missing = await missingPlaces(retrying(execute, 'tables'));
  if (missing.length > 0) {
    throw new DatabaseSetupError(
      `The database lacks ${missing.join(', ')}. Is it the platform's database? Check databaseName; nothing was changed.`,
    );
  }
};

/** Another runner's work is left to it. */
const goBack = async (options: RunOptions, version: string, failure: unknown): Promise<void> => {
  if (failure instanceof AnotherRunnerError) {
    return;
  }
  try {
    await undoAbove(options, version);
  } catch (error) {
    const [first, second] = [failure, error].map((each) =>
      each instanceof ServiceError ? each.message : 'Unknown error.',
    );
    throw new MigrationFailedError(
      `${first} Going back failed, too: ${second} The next deploy goes on from there.`,
      { cause: failure },
    );
  }
};

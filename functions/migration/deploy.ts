// What a Create or Update does, from top to bottom: whatever can be refused is refused before a row is touched.
import type { KeyObject } from 'node:crypto';
import type { Report } from '../contract.ts';
import { type ApiUserState, readApiUserState, restoreApiUser } from '../database/api-user-sql.ts';
import type { Execute } from '../database/client.ts';
import { dropEmptyLedger } from '../database/ledger.ts';
import { ServiceError } from '../errors.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import { readCredentials, setUpApiUser } from './api-user.ts';
import { type DeployRequest, tokenOf } from './deploy-event.ts';
import { AnotherRunnerError, DatabaseSetupError, MigrationFailedError } from './errors.ts';
import type { Migration } from './migration-files.ts';
import { planMigration } from './plan.ts';
import { preflight } from './rename/preflight.ts';
import { report } from './rename/report.ts';
import { retrying } from './retry.ts';
import { ledgerOf, type RunOptions, run, undoAbove } from './run.ts';

const MAX_REFUSAL_LENGTH = 2_500;

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
  const { TargetVersion, ApiUserSecretArn } = request.ResourceProperties;
  const isCreate = request.RequestType === 'Create';

  const key = await requireEncryptionKey(context.encryptionKey);
  const apiUser = ApiUserSecretArn === undefined ? undefined : await readCredentials(ApiUserSecretArn);
  const { moved, hadLedger, ledger } = await requireFit(request, context, apiUser?.username);
  const found: Found = {
    hadLedger,
    version: ledger.filter(({ state }) => state === 'applied').at(-1)?.version ?? '',
    apiUser: apiUser && { name: apiUser.username, state: await apiUserState(execute, apiUser.username) },
  };

  try {
    // A Create that fails has to undo itself in the same invocation, which takes about as long as the doing.
    const until = isCreate ? (startedAt + deadline) / 2 : deadline;
    await run(runOptions(request, context, until), TargetVersion);
    if (apiUser !== undefined && ApiUserSecretArn !== undefined) {
      await setUpApiUser(execute, context.executeAs(ApiUserSecretArn), apiUser);
    }
    return { ...(await report({ ...context, key })), MovedColumns: moved.join(',') || 'none' };
  } catch (error) {
    if (isCreate) {
      await goBack(runOptions(request, context, deadline), found, error);
    }
    throw error;
  }
};

/** What stood before a deploy, for one that fails to go back to. */
interface Found {
  hadLedger: boolean;
  /** The highest version applied, or an empty string. */
  version: string;
  apiUser: { name: string; state: ApiUserState } | undefined;
}

const apiUserState = (execute: Execute, username: string): Promise<ApiUserState> =>
  readApiUserState(retrying(execute, 'API user'), username);

/**
 * Refuses a database on which something would not work. An Update that applies nothing is never refused: it may be the
 * one that goes back.
 */
const requireFit = async (
  { RequestType, ResourceProperties }: DeployRequest,
  { execute, migrations }: DeployContext,
  apiUser: string | undefined,
) => {
  const { TargetVersion: target, ExistingDatabase } = ResourceProperties;
  const isJoined = ExistingDatabase === 'true';
  let ledger = await ledgerOf(execute);
  while (true) {
    const { apply } = planMigration(migrations, ledger, target);
    if (RequestType === 'Update' && apply.length === 0) {
      return { ledger, moved: [], hadLedger: true };
    }
    const { reasons, moved, hadLedger } = await preflight({
      execute,
      migrations,
      ledger,
      target,
      apiUser,
      isJoined,
    });
    if (reasons.length === 0) {
      return { ledger, moved, hadLedger };
    }
    // What another run does meanwhile, such as a repetition of this request, is in the way of the trial. It is tried again
    // on what that run has left, which ends because a run does.
    const after = await ledgerOf(execute);
    if (JSON.stringify(after) === JSON.stringify(ledger)) {
      throw new DatabaseSetupError(refusal(reasons));
    }
    ledger = after;
  }
};

/** CloudFormation's answer has 4,096 bytes, all of it. */
const refusal = (reasons: readonly string[]): string => {
  const text = `Nothing was changed. ${reasons.join(' ')}`;
  return text.length <= MAX_REFUSAL_LENGTH
    ? text
    : `${text.slice(0, MAX_REFUSAL_LENGTH)}… All of it: npm run migrate -- plan`;
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

/** Another runner's work is left to it. */
const goBack = async (options: RunOptions, found: Found, failure: unknown): Promise<void> => {
  if (failure instanceof AnotherRunnerError) {
    return;
  }
  try {
    await undoAbove(options, found.version);
    const execute = retrying(options.execute, 'going back');
    if (found.apiUser !== undefined) {
      await restoreApiUser(execute, found.apiUser.name, found.apiUser.state);
    }
    if (!found.hadLedger) {
      await dropEmptyLedger(execute);
    }
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

// What a Create or Update does, from top to bottom: whatever can be refused is refused before a row is touched.
import type { Report } from '../contract.ts';
import { type ApiUserState, readApiUserState } from '../database/api-user-sql.ts';
import type { Execute } from '../database/client.ts';
import {
  type Deployment,
  isSettledBy,
  noteDeployment,
  noteDone,
  readDeployment,
} from '../database/deployment.ts';
import { endKeptSessions } from '../database/kept-sessions.ts';
import { isThrough } from '../database/ledger.ts';
import { ServiceError } from '../errors.ts';
import type { ModelRules } from '../model/model-rules.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import { readCredentials, setUpApiUser } from './api-user.ts';
import { type DeployRequest, isToAnotherDatabase, tokenOf } from './deploy-event.ts';
import { DatabaseSetupError, StackDeletedError } from './errors.ts';
import type { firstMinuteOf } from './first-minute.ts';
import { type Found, foundByCreation, goBackAfter, isDone } from './go-back.ts';
import type { Migration } from './migration-files.ts';
import { comesBackToKey, refusedMoves } from './moves.ts';
import { planMigration } from './plan.ts';
import { explainMissingRight } from './preflight/missing-right.ts';
import { lackingRight, preflight } from './preflight/preflight.ts';
import { readLedgerOrExplain } from './read-ledger.ts';
import { report } from './rename/report.ts';
import { retrying } from './retry.ts';
import { type RunOptions, run } from './run.ts';

export interface DeployContext {
  /** As the owner of the tables. */
  execute: Execute;
  /** As the user in a secret. */
  executeAs: (secretArn: string) => Execute;
  /** Waits for rights to secrets that were granted a moment ago. */
  inFirstMinute: ReturnType<typeof firstMinuteOf>;
  migrations: Migration[];
  encryptionKey: EncryptionKey;
  rules: ModelRules;
  startedAt: number;
  /** When the last batch has to end (ms since the epoch). */
  deadline: number;
}

/**
 * Brings the database to the event's target and reports. Where it fails, CloudFormation sends nothing after a Create, and
 * after an Update to another database only the Update of the one before: both go back by themselves to where they began,
 * unless they repeat a request that was done. After any other failed Update it sends the Update that goes back.
 * @throws DatabaseSetupError, HistoryError, AnotherRunnerError, NotFinishedError, MigrationFailedError
 */
export const deploy = (request: DeployRequest, context: DeployContext): Promise<Report> =>
  bringToTarget(request, context).catch(async (error: unknown) => {
    if (error instanceof DatabaseSetupError) {
      await endKeptSessions(context.execute);
    }
    throw error;
  });

const bringToTarget = async (request: DeployRequest, context: DeployContext): Promise<Report> => {
  const { execute, startedAt, deadline } = context;
  const { TargetVersion, ApiUserSecretArn } = request.ResourceProperties;
  const noted = await explainMissingRight(execute, readDeployment(retrying(execute, 'deployment')));
  if (!comesBackToKey(request, noted)) {
    await requireEncryptionKey(context);
  }
  const apiUser =
    ApiUserSecretArn === undefined
      ? undefined
      : await context.inFirstMinute(() => readCredentials(ApiUserSecretArn));
  const goesBack =
    (request.RequestType === 'Create' || isToAnotherDatabase(request)) && !isDone(request, noted);
  const { moved, hadLedger, ledger } = await requireFit(request, context, noted, apiUser?.username);
  const found = foundByCreation(request, noted) ?? {
    hadLedger,
    version: ledger.filter(isThrough).at(-1)?.version ?? '',
    apiUser: apiUser && { name: apiUser.username, ...(await apiUserState(execute, apiUser.username)) },
  };

  try {
    // A deploy that goes back by itself does so in the same invocation, which takes about as long as going forward.
    const until = goesBack ? (startedAt + deadline) / 2 : deadline;
    const onLease = () => note(request, context, found, noted);
    await run({ ...runOptions(request, context, until), onLease }, TargetVersion);
    if (apiUser !== undefined && ApiUserSecretArn !== undefined) {
      await setUpApiUser({
        execute,
        executeAsUser: context.executeAs(ApiUserSecretArn),
        credentials: apiUser,
        target: TargetVersion,
      });
    }
    const reported = await report(context);
    // Last of all: what is noted as done is not taken back.
    await noteSuccess(request, context);
    return { ...reported, MovedColumns: moved === undefined ? 'not tried' : moved.join(',') || 'none' };
  } catch (error) {
    if (goesBack) {
      const stackId = isSettledBy(request.StackId, noted) ? undefined : request.StackId;
      await goBackAfter(error, request, { ...runOptions(request, context, deadline), found, stackId });
    }
    throw error;
  }
};

const apiUserState = (execute: Execute, username: string): Promise<ApiUserState> =>
  readApiUserState(retrying(execute, 'API user'), username);

/** Says in the database which stack is deployed to it, so that its creation can be taken back and no other one interferes. */
const note = (
  { RequestType, RequestId, StackId, ResourceProperties }: DeployRequest,
  { execute, startedAt }: DeployContext,
  found: Found,
  before: Deployment | undefined,
) =>
  noteDeployment(
    retrying(execute, 'deployment'),
    {
      stackId: StackId,
      encryptionKey: ResourceProperties.EncryptionKeySecretArn,
      found: JSON.stringify(found),
      // Where nothing is noted, a release that noted nothing has completed the stack.
      isSettled: RequestType === 'Update',
    },
    { before, requestId: RequestId, startedAt },
  );

/** The API's user is set up without the lease: a Delete that came meanwhile has taken back everything but that. */
const noteSuccess = async (
  { StackId, RequestId: requestId }: DeployRequest,
  { execute, startedAt }: DeployContext,
): Promise<void> => {
  if (!(await noteDone(retrying(execute, 'deployment'), StackId, { requestId, startedAt }))) {
    throw new StackDeletedError();
  }
};

/**
 * Refuses a database on which something would not work, and a move that would leave picks behind. An Update that applies
 * nothing may be the one that goes back: it is refused for a move alone, and where the API's user could not be set up in the
 * end. Where a copy of another stack's database was restored into this one, it is refused like the one before it, from which
 * nothing tells it: docs/deploy.md has the way out.
 */
const requireFit = async (
  request: DeployRequest,
  context: DeployContext,
  noted: Deployment | undefined,
  apiUser: string | undefined,
) => {
  const { execute, migrations } = context;
  const { TargetVersion: target, ExistingDatabase } = request.ResourceProperties;
  const isJoined = ExistingDatabase === 'true';
  const unsaid = await refusedMoves(request, { ...context, noted });
  const ledger = await readLedgerOrExplain(execute);
  const { apply } = planMigration(migrations, ledger, target);
  const isTried = request.RequestType === 'Create' || apply.length > 0;
  const found = isTried
    ? await preflight({ execute, migrations, target, apiUser, isJoined })
    : { reasons: await lackingRight(execute, apiUser), moved: undefined, hadLedger: true, ledger };
  if (found.reasons.length + unsaid.length > 0) {
    throw new DatabaseSetupError(`Nothing was changed. ${[...unsaid, ...found.reasons].join(' ')}`);
  }
  return found;
};

const runOptions = (
  { RequestId }: DeployRequest,
  { execute, migrations }: DeployContext,
  until: number,
): RunOptions => ({
  execute,
  token: tokenOf(RequestId),
  migrations,
  stopReason: stopAt(until),
});

/** @param until ms since the epoch */
export const stopAt = (until: number) => () => (Date.now() < until ? undefined : OUT_OF_TIME);

const OUT_OF_TIME = {
  reason: 'Out of time.',
  advice:
    'Rename so large a fleet ahead of the deploy with "npm run migrate -- up" on its cluster, by --deploy or --stack.',
};

/** A key that cannot be read has to fail the deploy, and not every request after it. */
const requireEncryptionKey = ({ encryptionKey, inFirstMinute }: DeployContext) =>
  inFirstMinute(() => encryptionKey.current()).catch((cause) => {
    const reason = cause instanceof ServiceError ? cause.message : '';
    throw new DatabaseSetupError(
      `The encryption key cannot be used. ${reason} Nothing was changed. Check encryptionKeySecretArn, and ` +
        'secretsKmsKeyArns where a KMS key of your own encrypts the secret.',
      { cause },
    );
  });

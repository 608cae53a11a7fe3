// The handler behind the deploy's custom resources: parses the event, deploys or takes back, and answers with the report.
import { databaseVariables, encryptionKeyVariables, migrationsVariables, type Report } from './contract.ts';
import { confineApiUser } from './database/api-user-sql.ts';
import { connect, type Execute } from './database/client.ts';
import { noteComplete, readDeployment } from './database/deployment.ts';
import { endKeptSessions } from './database/kept-sessions.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { readModelRules } from './invocation/model-rules.ts';
import type { ObservedContext } from './invocation/telemetry.ts';
import { readCredentials } from './migration/api-user.ts';
import { type DeployContext, deploy, stopAt } from './migration/deploy.ts';
import { DeployEvent, hasInventedId, PHYSICAL_RESOURCE_ID, PhaseEvent } from './migration/deploy-event.ts';
import { DatabaseSetupError, StackDeletedError } from './migration/errors.ts';
import { firstMinuteOf } from './migration/first-minute.ts';
import { forgetCompleted, keepIncomplete, takeBackCreation } from './migration/go-back.ts';
import { migrationsDirectory, readMigrationFiles } from './migration/migration-files.ts';
import { retrying } from './migration/retry.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';

/** The Data API ends a call at 45 s. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Time kept back to end the current batch, and to report. */
const RESERVE_MS = 75_000;
/** An answer to CloudFormation has at most 4,096 bytes, everything included. */
const MAX_MESSAGE_LENGTH = 2_500;

const database = databaseVariables();
const connection = connect(database, REQUEST_TIMEOUT_MS);
const encryptionKey = new EncryptionKey(encryptionKeyVariables().secretArn);
const rules = readModelRules();
const directory = migrationsDirectory(migrationsVariables().directory);

interface ProviderResponse {
  PhysicalResourceId?: string;
  Data?: Report;
}

const handle = async (event: unknown, context: ObservedContext): Promise<ProviderResponse> => {
  const { invocation } = context;
  const startedAt = Date.now();
  const deadline = startedAt + context.getRemainingTimeInMillis() - RESERVE_MS;
  const inFirstMinute = firstMinuteOf(startedAt);
  const patiently =
    (execute: Execute): Execute =>
    (statement) =>
      inFirstMinute(() => execute(statement));
  const execute = patiently(connection(invocation));
  const phase = PhaseEvent.safeParse(event);
  if (phase.success) {
    return changePhase(phase.data, { execute, inFirstMinute, deadline });
  }

  const request = parseEvent(event);
  if (request.RequestType === 'Delete') {
    await takeBackCreation(request, {
      execute,
      stopReason: stopAt(deadline),
      mayBeRunning: hasInventedId(request),
    });
    // Without an id of our own: to answer with another one than CloudFormation's would fail the Delete.
    return {};
  }
  const Data = await deploy(request, {
    execute,
    executeAs: (secretArn) => patiently(connect({ ...database, secretArn }, REQUEST_TIMEOUT_MS)(invocation)),
    inFirstMinute,
    migrations: readMigrationFiles(directory),
    encryptionKey,
    rules,
    startedAt,
    deadline,
  }).catch(async (error) => {
    if (error instanceof DatabaseSetupError) {
      await endKeptSessions(execute);
    }
    throw error;
  });
  invocation.details = { report: Data };
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID, Data };
};

const shorten = (message: string): string =>
  message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${message.slice(0, MAX_MESSAGE_LENGTH)}… All of it: the log of migrate, or npm run migrate -- plan with --deploy or --stack.`;

/** Failure always throws: the Provider framework would take a returned `Status: "FAILED"` for success. */
export const handler = directFunction('migrate', handle, shorten);

/**
 * The resources on either side of the migration. The one before it is deleted when the stack goes, also where the
 * framework keeps the migration's own Delete back because its Create failed. The last one, made after everything else, notes
 * that the stack is complete, and so tells one that is destroyed from a creation that failed: only there is it deleted by the id
 * that it was given, and first of all. After every release it takes from the API's user what only the code of the one before had
 * needed.
 */
const changePhase = async (
  { RequestType, RequestId, StackId, PhysicalResourceId, ResourceProperties }: PhaseEvent,
  { execute, inFirstMinute, deadline }: Pick<DeployContext, 'execute' | 'inFirstMinute' | 'deadline'>,
): Promise<ProviderResponse> => {
  const { Phase, ApiUserSecretArn } = ResourceProperties;
  const id = `workspace-model-${Phase}`;
  if (RequestType === 'Delete') {
    if (Phase === 'begin') {
      const stopReason = stopAt(deadline);
      await takeBackCreation({ StackId, RequestId }, { execute, stopReason, mayBeRunning: false });
    } else if (PhysicalResourceId === id) {
      await forgetCompleted(execute, StackId);
    } else {
      await keepIncomplete(execute, StackId);
    }
    return {};
  }
  if (Phase === 'settle') {
    if (RequestType === 'Create') {
      await requireNoted(execute, StackId);
    }
    if (ApiUserSecretArn !== undefined) {
      const { username } = await inFirstMinute(() => readCredentials(ApiUserSecretArn));
      await confineApiUser(retrying(execute, 'API user'), username);
    }
    await noteComplete(retrying(execute, 'deployment'), StackId);
  }
  return { PhysicalResourceId: id };
};

/** A migration that was taken back meanwhile must not end in a stack that is complete. */
const requireNoted = async (execute: Execute, stackId: string): Promise<void> => {
  if ((await readDeployment(retrying(execute, 'deployment')))?.stackId !== stackId) {
    throw new StackDeletedError();
  }
};

const parseEvent = (event: unknown): DeployEvent => {
  const parsed = DeployEvent.safeParse(event);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidRequestError(issues.join(' '));
  }
  return parsed.data;
};

// The handler behind the deploy's custom resources: parses the event, deploys or takes back, and answers with the report.
import { type Report, readVariables, variableNames } from './contract.ts';
import { connect, type Execute } from './database/client.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { readModelRules } from './invocation/read-model-rules.ts';
import type { ObservedContext } from './invocation/telemetry.ts';
import { deploy, stopAt } from './migration/deploy.ts';
import { DeployEvent, hasInventedId, PHYSICAL_RESOURCE_ID, PhaseEvent } from './migration/deploy-event.ts';
import { firstMinuteOf } from './migration/first-minute.ts';
import { takeBackCreation } from './migration/go-back.ts';
import { migrationsDirectory, readMigrationFiles } from './migration/migration-files.ts';
import { changePhase } from './migration/phases.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';

/** The Data API ends a call at 45 s. */
const CALL_TIMEOUT_MS = 60_000;
/** Time kept back to end the current batch, and to report. */
const RESERVE_MS = 75_000;
/** An answer to CloudFormation has at most 4,096 bytes, everything included. */
const MAX_MESSAGE_BYTES = 2_500;

const database = readVariables(variableNames.database);
const connection = connect(database, CALL_TIMEOUT_MS);
const encryptionKey = new EncryptionKey(readVariables(variableNames.encryptionKey).secretArn);
const rules = readModelRules();
const directory = migrationsDirectory(readVariables(variableNames.migrations).directory);

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
      // It comes where the Create has succeeded, or was cut off: rows may be renamed.
      mayHaveMetNobody: false,
    });
    // Without an id of our own: to answer with another one than CloudFormation's would fail the Delete.
    return {};
  }
  const Data = await deploy(request, {
    execute,
    executeAs: (secretArn) => patiently(connect({ ...database, secretArn }, CALL_TIMEOUT_MS)(invocation)),
    inFirstMinute,
    migrations: readMigrationFiles(directory),
    encryptionKey,
    rules,
    startedAt,
    deadline,
  });
  invocation.details = { report: Data };
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID, Data };
};

const shorten = (message: string): string =>
  Buffer.byteLength(message) <= MAX_MESSAGE_BYTES
    ? message
    : `${Buffer.from(message).toString('utf8', 0, MAX_MESSAGE_BYTES)}… The whole message: the log of migrate, or npm run migrate -- plan with --deploy or --stack.`;

/** Failure always throws: the Provider framework would take a returned `Status: "FAILED"` for success. */
export const handler = directFunction('migrate', handle, shorten);

const parseEvent = (event: unknown): DeployEvent => {
  const parsed = DeployEvent.safeParse(event);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidRequestError(issues.join(' '));
  }
  return parsed.data;
};

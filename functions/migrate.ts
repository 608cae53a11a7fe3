// The handler behind the deploy's custom resource: migrates to the version that the stack names and reports.
import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import {
  databaseVariables,
  encryptionKeyVariables,
  migrationsVariables,
  modelRulesVariables,
} from './contract.ts';
import { type CallMeter, connect, type Execute } from './database/client.ts';
import { ServiceError } from './errors.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { type ApiUserOptions, requireRightToMake, setUpApiUser } from './migration/api-user.ts';
import { DeployEvent, type DeployRequest, deploy, tokenOf } from './migration/deploy.ts';
import { DatabaseSetupError } from './migration/errors.ts';
import { migrationsDirectory, readMigrationFiles } from './migration/migration-files.ts';
import { type Report, report } from './migration/rename/report.ts';
import type { RunOptions } from './migration/run.ts';
import { parseAllowedModelIds } from './model/model-id.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';
import { readSecret } from './secrets/secrets-manager.ts';

/** Constant: another id on Update would mean replacement, and a Delete of the old one. */
const PHYSICAL_RESOURCE_ID = 'workspace-model-schema';
/** The Data API ends a call at 45 s. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Time kept back to end the batch at hand, and to report. */
const RESERVE_MS = 75_000;

const UserSecret = z.object({ username: z.string(), password: z.string() });

const database = databaseVariables();
const connection = connect(database, REQUEST_TIMEOUT_MS);
const encryptionKey = new EncryptionKey(encryptionKeyVariables().secretArn);
const allowed = parseAllowedModelIds(modelRulesVariables().allowedModelIds);
const directory = migrationsDirectory(migrationsVariables().directory);

interface ProviderResponse {
  PhysicalResourceId: string;
  Data?: Report;
}

/** Failure always throws: the Provider framework would take a returned `Status: "FAILED"` for success. */
export const handler = directFunction('migrate', async (event, context): Promise<ProviderResponse> => {
  const parsed = DeployEvent.safeParse(event);
  if (!parsed.success) {
    throw new InvalidRequestError(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' '),
    );
  }
  if (parsed.data.RequestType === 'Delete') {
    return { PhysicalResourceId: PHYSICAL_RESOURCE_ID };
  }

  const startedAt = Date.now();
  const deadline = startedAt + context.getRemainingTimeInMillis() - RESERVE_MS;
  const request = parsed.data;
  // A Create that fails has to undo itself in the same invocation, which takes about as long as the doing.
  const forwardUntil = request.RequestType === 'Create' ? (startedAt + deadline) / 2 : deadline;
  const execute = connection(context.invocation);
  const options = runOptions(request, execute, forwardUntil);

  const key = await requireEncryptionKey();
  const apiUser = await readApiUser(request, context.invocation, execute);
  if (apiUser !== undefined) {
    await requireRightToMake(apiUser);
  }
  const Data = await deploy(options, runOptions(request, execute, deadline), request, async () => {
    if (apiUser !== undefined) {
      await setUpApiUser(apiUser);
    }
    return report({ execute, key, allowed, startedAt, deadline });
  });
  context.invocation.details = { report: Data };
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID, Data };
});

const runOptions = (request: DeployRequest, execute: Execute, until: number): RunOptions => ({
  execute,
  token: tokenOf(request.RequestId),
  migrations: readMigrationFiles(directory),
  stopReason: () =>
    Date.now() < until
      ? undefined
      : 'Out of time. Rename so large a fleet ahead of the deploy with "npm run migrate -- up".',
});

/** A key that cannot be read is to fail the deploy, not every request after it. */
const requireEncryptionKey = (): Promise<KeyObject> =>
  encryptionKey.current().catch((cause) => {
    const reason = cause instanceof ServiceError ? cause.message : '';
    throw new DatabaseSetupError(
      `The encryption key cannot be used. ${reason} Nothing was changed. Check encryptionKeySecretArn, and ` +
        'secretsKmsKeyArns where a KMS key of your own encrypts the secret.',
      { cause },
    );
  });

const readApiUser = async (
  { ResourceProperties }: DeployRequest,
  meter: CallMeter,
  execute: Execute,
): Promise<ApiUserOptions | undefined> => {
  const secretArn = ResourceProperties.ApiUserSecretArn;
  if (secretArn === undefined) {
    return undefined;
  }
  const executeAsUser = connect({ ...database, secretArn }, REQUEST_TIMEOUT_MS)(meter);
  return { ...parseUserSecret(await readSecret(secretArn)), execute, executeAsUser };
};

const parseUserSecret = (secretString: string): z.infer<typeof UserSecret> => {
  try {
    return UserSecret.parse(JSON.parse(secretString));
  } catch {
    throw new DatabaseSetupError(
      'The secret in ApiUserSecretArn must be JSON with "username" and "password".',
    );
  }
};

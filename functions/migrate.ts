// The handler behind the deploy's custom resource: parses the event, deploys and answers with the report.
import {
  databaseVariables,
  encryptionKeyVariables,
  migrationsVariables,
  modelRulesVariables,
  type Report,
} from './contract.ts';
import { connect } from './database/client.ts';
import { directFunction } from './invocation/direct.ts';
import { InvalidRequestError } from './invocation/errors.ts';
import { deploy } from './migration/deploy.ts';
import { DeployEvent } from './migration/deploy-event.ts';
import { migrationsDirectory, readMigrationFiles } from './migration/migration-files.ts';
import { parseAllowedModelIds } from './model/model-id.ts';
import { EncryptionKey } from './secrets/encryption-key.ts';

/** Constant: another id on Update would mean replacement, and a Delete of the old one. */
const PHYSICAL_RESOURCE_ID = 'workspace-model-schema';
/** The Data API ends a call at 45 s. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Time kept back to end the current batch, and to report. */
const RESERVE_MS = 75_000;

const database = databaseVariables();
const connection = connect(database, REQUEST_TIMEOUT_MS);
const encryptionKey = new EncryptionKey(encryptionKeyVariables().secretArn);
const allowed = parseAllowedModelIds(modelRulesVariables().allowedModelIds);
const directory = migrationsDirectory(migrationsVariables().directory);

interface ProviderResponse {
  PhysicalResourceId?: string;
  Data?: Report;
}

/** Failure always throws: the Provider framework would take a returned `Status: "FAILED"` for success. */
export const handler = directFunction('migrate', async (event, context): Promise<ProviderResponse> => {
  const request = parseEvent(event);
  if (request.RequestType === 'Delete') {
    // Without an id of our own: where something beside a Create failed, CloudFormation sends a Delete with an id that it
    // made up, and to answer with another one would fail the Delete, and with it the rollback.
    return {};
  }
  const { invocation } = context;
  const startedAt = Date.now();
  const Data = await deploy(request, {
    execute: connection(invocation),
    executeAs: (secretArn) => connect({ ...database, secretArn }, REQUEST_TIMEOUT_MS)(invocation),
    migrations: readMigrationFiles(directory),
    encryptionKey,
    allowed,
    startedAt,
    deadline: startedAt + context.getRemainingTimeInMillis() - RESERVE_MS,
  });
  invocation.details = { report: Data };
  return { PhysicalResourceId: PHYSICAL_RESOURCE_ID, Data };
});

const parseEvent = (event: unknown): DeployEvent => {
  const parsed = DeployEvent.safeParse(event);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new InvalidRequestError(issues.join(' '));
  }
  return parsed.data;
};

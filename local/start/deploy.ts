// What `cdk deploy` does to the database: sends migrate CloudFormation's events, where something has changed since the last.
import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { missingGrants } from '../../functions/database/api-user-sql.ts';
import { readDeployment } from '../../functions/database/deployment.ts';
import { API_GRANTS } from '../../functions/database/grants.ts';
import { PHYSICAL_RESOURCE_ID } from '../../functions/migration/deploy-event.ts';
import { isDone } from '../../functions/migration/go-back.ts';
import { hashOf, readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import { arnOf } from '../aws/account.ts';
import type { LocalStack } from '../stack.ts';
import { StartError } from '../support/start-error.ts';
import { DEPLOYED_FILE, type State } from './state.ts';

const STACK_ID = arnOf('cloudformation', 'stack/local/local');

const properties = z.record(z.string(), z.string());
const deployed = z.object({ Data: z.record(z.string(), z.unknown()).optional() });
const failure = z.object({ errorType: z.string(), errorMessage: z.string() });

export interface DeployOptions {
  /** Whether the platform's tables were there before. */
  existingDatabase: boolean;
}

export type DeployReport = Record<string, unknown>;

/** The report that a deploy would show in the stack's outputs, or nothing where there was nothing to deploy. */
export const deploy = async (
  stack: LocalStack,
  state: State,
  { existingDatabase }: DeployOptions,
): Promise<DeployReport | undefined> => {
  const old = await lastDeploy(stack, state);
  const now = {
    ...currentProperties(old === undefined ? existingDatabase : true),
    ApiUserSecretArn: stack.apiUserSecretArn,
  };
  const isDeployed = ASKED_BY.every((name) => old?.[name] === now[name]);
  if (isDeployed && (await servesApiUser(stack))) {
    return undefined;
  }

  const event = {
    RequestType: old === undefined ? 'Create' : 'Update',
    RequestId: randomUUID(),
    StackId: STACK_ID,
    LogicalResourceId: 'SchemaMigration',
    ResourceType: 'Custom::SchemaMigration',
    ResourceProperties: now,
    ...(old !== undefined && { OldResourceProperties: old, PhysicalResourceId: PHYSICAL_RESOURCE_ID }),
  };
  const { Data = {} } = deployed.parse(await invokeMigrate(stack, event));
  const { StackId, RequestId } = event;
  await invokeMigrate(stack, {
    RequestType: 'Create',
    RequestId,
    StackId,
    ResourceProperties: { Phase: 'settle', ApiUserSecretArn: now.ApiUserSecretArn },
  });
  state.write(DEPLOYED_FILE, JSON.stringify({ ...now, RequestId }));
  return Data;
};

/**
 * What the deploy before was asked for; nothing where the database notes another one as its last, or none: it is another
 * database, or was emptied. Where it does not let itself be asked, the deploy says why.
 */
const lastDeploy = async (stack: LocalStack, state: State) => {
  const text = state.read(DEPLOYED_FILE);
  if (text === undefined) {
    return undefined;
  }
  const last = parseDeployed(text, state);
  const noted = await readDeployment(stack.executeAsOwner).catch(() => undefined);
  const { RequestId = '' } = last;
  return isDone({ StackId: STACK_ID, RequestId }, noted) ? last : undefined;
};

/**
 * A server to which the database was copied may not have the user, one of another key has it with another password, and a
 * restore may leave its grants out.
 */
const servesApiUser = async ({
  executeAs,
  executeAsOwner,
  apiUser,
  apiUserSecretArn,
}: LocalStack): Promise<boolean> => {
  try {
    await executeAs(apiUserSecretArn)({ sql: 'SELECT 1' });
    return (await missingGrants(executeAsOwner, apiUser.username)).length === 0;
  } catch {
    return false;
  }
};

/** Where one of these has changed, CloudFormation asks migrate again. */
const ASKED_BY = ['TargetVersion', 'MigrationsHash', 'CodeHash'] as const;

/** What a deploy's refusal says to write; a local start has no context. */
const CONTEXT_KEY = /\b(encryptionKeySecretArn|allowMove|databaseName)\b/;
const INSTEAD_OF_CONTEXT =
  'A local start reads no such keys: set SECRETS_ENCRYPTION_KEY to the key of the stored picks, or DATABASE_URL to another database.';

/** @throws StartError where the function fails */
const invokeMigrate = async (stack: LocalStack, event: object): Promise<unknown> => {
  const { payload, failed } = await stack.functions.migrate.invoke(JSON.stringify(event));
  if (failed) {
    const { errorType, errorMessage } = failure.parse(JSON.parse(payload));
    const here = CONTEXT_KEY.test(errorMessage) ? ` ${INSTEAD_OF_CONTEXT}` : '';
    throw new StartError(`The migration failed with ${errorType}: ${errorMessage}${here}`);
  }
  return JSON.parse(payload);
};

/** @throws StartError where the file is damaged */
const parseDeployed = (text: string, state: State): z.infer<typeof properties> => {
  try {
    return properties.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartError(
      `${state.path(DEPLOYED_FILE)} is damaged. Restore it; or remove it, and the next start deploys anew.`,
      { cause },
    );
  }
};

/** CloudFormation hands over every scalar as a string. */
const currentProperties = (existingDatabase: boolean) => {
  const migrations = readMigrationFiles(MIGRATIONS_DIRECTORY);
  return {
    ServiceToken: arnOf('lambda', 'function:migrate'),
    TargetVersion: migrations.at(-1)?.version ?? '',
    MigrationsHash: hashOf(migrations),
    // On AWS that of migrate's bundle. Of its code only what it grants can change what it does to a migrated database.
    CodeHash: createHash('sha256').update(JSON.stringify(API_GRANTS)).digest('hex'),
    ExistingDatabase: String(existingDatabase),
  };
};

// What `cdk deploy` does to the database: sends migrate CloudFormation's event, where something has changed since the last.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { hashOf, readMigrationFiles } from '../../functions/migration/migration-files.ts';
import type { LocalStack } from '../stack.ts';
import { StartError } from './start-error.ts';
import type { State } from './state.ts';

const DEPLOYED_FILE = 'deployed.json';

const properties = z.record(z.string(), z.string());
const deployed = z.object({ Data: z.record(z.string(), z.unknown()).optional() });
const failure = z.object({ errorType: z.string(), errorMessage: z.string() });

export type DeployReport = Record<string, unknown>;

/** The report that a deploy would show in the stack's outputs, or nothing where there was nothing to deploy. */
export const deploy = async (
  stack: LocalStack,
  state: State,
  existingDatabase: boolean,
): Promise<DeployReport | undefined> => {
  const before = state.read(DEPLOYED_FILE);
  const now = currentProperties(before === undefined ? existingDatabase : undefined);
  const old = before === undefined ? undefined : properties.parse(JSON.parse(before));
  if (old?.['TargetVersion'] === now.TargetVersion && old['MigrationsHash'] === now.MigrationsHash) {
    return undefined;
  }

  const event = {
    RequestType: old === undefined ? 'Create' : 'Update',
    RequestId: randomUUID(),
    StackId: `arn:aws:cloudformation:${stack.region}:000000000000:stack/local/${randomUUID()}`,
    LogicalResourceId: 'SchemaMigration',
    ResourceType: 'Custom::SchemaMigration',
    ResourceProperties: now,
    ...(old !== undefined && { OldResourceProperties: old, PhysicalResourceId: 'workspace-model-schema' }),
  };
  const { payload, failed } = await stack.functions.migrate.invoke(JSON.stringify(event));
  if (failed) {
    const { errorType, errorMessage } = failure.parse(JSON.parse(payload));
    throw new StartError(`The migration failed with ${errorType}: ${errorMessage}`);
  }
  state.write(DEPLOYED_FILE, JSON.stringify(now));
  return deployed.parse(JSON.parse(payload)).Data ?? {};
};

/** CloudFormation hands over every scalar as a string. */
const currentProperties = (existingDatabase: boolean | undefined) => {
  const migrations = readMigrationFiles(fileURLToPath(new URL('../../migrations', import.meta.url)));
  return {
    ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:migrate',
    TargetVersion: migrations.at(-1)?.version ?? '',
    MigrationsHash: hashOf(migrations),
    ExistingDatabase: String(existingDatabase ?? true),
  };
};

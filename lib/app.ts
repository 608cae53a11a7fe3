// Composes the stacks. The only reader of CDK context; `cdk.json` runs it and documents each key.
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MIGRATIONS_FOLDER, projectRoot } from './bundling.ts';
import { ContextError, type Deployment, type Place, readContext } from './context.ts';
import { DatabaseStack } from './database-stack.ts';
import { readMigrationTarget } from './migration-files.ts';
import { ModelServiceStack } from './model-service-stack.ts';
import type { DatabaseAccess } from './service-function.ts';

/** @throws ContextError when the context cannot be deployed. */
export const compose = (app: App, credentials: Place): void => {
  const deployment = readContext(app.node.getAllContext(), credentials);
  const { stackName, targetVersion } = deployment.keys;
  new ModelServiceStack(app, stackName, {
    env: deployment.place,
    description: 'Picked models of workspaces: HTTP API, provision, and the rename of legacy rows.',
    deployment,
    database: chooseDatabase(app, deployment),
    migrationTarget: readMigrationTarget(join(projectRoot, MIGRATIONS_FOLDER), targetVersion),
  });
  // A finding that nobody acknowledged with a reason stops the synth, and so the deploy.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
};

const chooseDatabase = (app: App, { keys, database, place }: Deployment): DatabaseAccess => {
  if (database.kind === 'joined') {
    const { clusterArn, secretArn, name } = database;
    return { clusterArn, name, secret: { arn: secretArn, kmsKeyArns: keys.secretsKmsKeyArns ?? [] } };
  }
  const { access } = new DatabaseStack(app, `${keys.stackName}-database`, {
    env: place,
    description: 'Aurora PostgreSQL of the workspace-model service.',
    minCapacity: database.minCapacity,
    maxCapacity: database.maxCapacity,
    readers: database.readers,
  });
  return access;
};

if (import.meta.main) {
  try {
    const app = new App();
    compose(app, { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] });
    app.synth();
  } catch (error) {
    if (!(error instanceof ContextError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
  }
}

// Composes the stacks. The only reader of CDK context; `cdk.json` runs it and documents each key.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Deployment, readContext } from './context.ts';
import { ContextError } from './context-error.ts';
import { DatabaseStack } from './database-stack.ts';
import { readMigrationTarget } from './migration-target.ts';
import { ModelServiceStack } from './model-service-stack.ts';
import type { Place } from './place.ts';
import { MIGRATIONS_DIRECTORY } from './project.ts';
import type { DatabaseAccess } from './service-function.ts';

/**
 * @returns what a deploy would do, in words
 * @throws ContextError when the context cannot be deployed
 */
export const compose = (app: App, credentials: Place): string => {
  const deployment = readContext(app.node.getAllContext(), credentials);
  const { stackName, targetVersion } = deployment.keys;
  const migrationTarget = readMigrationTarget(MIGRATIONS_DIRECTORY, targetVersion);
  new ModelServiceStack(app, stackName, {
    env: deployment.place,
    description: 'Picked models of workspaces: HTTP API, provision, and the rename of legacy rows.',
    deployment,
    database: chooseDatabase(app, deployment),
    migrationTarget,
  });
  // A finding that nobody acknowledged with a reason stops the synth, and so the deploy.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return summaryOf(deployment, migrationTarget.version);
};

const summaryOf = ({ keys: { stackName }, database, place }: Deployment, version: string): string => {
  const { account = 'that of your credentials', region = 'that of your credentials' } = place;
  const where = `Account ${account}, region ${region}.`;
  const what =
    database.kind === 'joined'
      ? `The stack ${stackName} joins the database ${database.name} of ${database.clusterArn}`
      : `The stack ${stackName} gets an Aurora cluster of its own, in the stack ${stackName}-database`;
  return `${what}, and migrates it to version ${version}. ${where}`;
};

/** Removes what an earlier synth into the same folder left of stacks that are not made any more: `--all` would deploy them. */
const removeStaleTemplates = (app: App): void => {
  const made = new Set(app.node.children.filter(Stack.isStack).map(({ artifactId }) => artifactId));
  for (const file of readdirSync(app.outdir)) {
    const [, stack] = /^(.+)\.(?:template|assets|metadata)\.json$/.exec(file) ?? [];
    if (stack !== undefined && !made.has(stack)) {
      rmSync(join(app.outdir, file));
    }
  }
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
    const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
    console.error(compose(app, { account, region }));
    removeStaleTemplates(app);
    app.synth();
  } catch (error) {
    if (!(error instanceof ContextError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
  }
}

// The one construct for every Lambda function: the house's defaults, and each grant together with the variables that need it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, RemovalPolicy, Stack, Stage, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { variableNames } from '../functions/contract.ts';
import { bundle, type EntryPoint, MIGRATIONS_FOLDER } from './bundling.ts';
import type { ModelRulesChoice } from './context.ts';

/** The catalogue beside a function's code: its variables hold 4 KB together, too few for it. */
const CATALOGUE_FILE = 'catalogue.json';

export interface ServiceFunctionProps {
  entry: EntryPoint;
  description: string;
  timeout: Duration;
  memorySize: number;
  modelRules: ModelRulesChoice;
  /** What becomes of the log when the function goes. */
  logRemovalPolicy?: RemovalPolicy;
}

/** A secret by its full ARN, and the KMS keys without which it cannot be read (none for the AWS-managed key). */
export interface SecretAccess {
  arn: string;
  kmsKeyArns: string[];
}

export interface DatabaseAccess {
  clusterArn: string;
  secret: SecretAccess;
  name: string;
}

export class ServiceFunction extends LambdaFunction {
  readonly entry: EntryPoint;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(scope, props),
      description: props.description,
      timeout: props.timeout,
      memorySize: props.memorySize,
      tracing: Tracing.ACTIVE,
      logGroup,
      role: new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    });
    this.entry = props.entry;
    // Metrics of two stacks in one region are not to be added up.
    this.set(variableNames.telemetry, { metricsNamespace: this.stack.stackName });
    const { allowedModelIds, catalogueMode, catalogue } = props.modelRules;
    this.set(variableNames.modelRules, {
      allowedModelIds: allowedModelIds.join(','),
      catalogueMode,
      catalogueFile: catalogue === undefined ? '' : CATALOGUE_FILE,
    });
    // Instead of AWS's managed policy, which may write to any log group of the account.
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    Validations.of(this.role ?? this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Tracing: xray:PutTraceSegments and PutTelemetryRecords know no resource but *.',
    });
  }

  /** Statements on one database as the user of one secret. */
  useDatabase(database: DatabaseAccess): void {
    this.allow(['rds-data:ExecuteStatement'], [database.clusterArn]);
    this.allowReading(database.secret);
    const { clusterArn, secret, name } = database;
    this.set(variableNames.database, { clusterArn, secretArn: secret.arn, name });
  }

  useEncryptionKey(secret: SecretAccess): void {
    this.allowReading(secret);
    this.set(variableNames.encryptionKey, { secretArn: secret.arn });
  }

  useModelDemand(isRequired: boolean, exemptRuntimes: string[]): void {
    this.set(variableNames.modelDemand, {
      required: String(isRequired),
      exemptRuntimes: exemptRuntimes.join(','),
    });
  }

  useMigrations(): void {
    this.set(variableNames.migrations, { directory: MIGRATIONS_FOLDER });
  }

  allowReading({ arn, kmsKeyArns }: SecretAccess): void {
    this.allow(['secretsmanager:GetSecretValue'], [arn]);
    if (kmsKeyArns.length === 0) {
      return;
    }
    const throughSecretsManager = `secretsmanager.${Stack.of(this).region}.amazonaws.com`;
    this.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: kmsKeyArns,
        conditions: { StringEquals: { 'kms:ViaService': throughSecretsManager } },
      }),
    );
  }

  allow(actions: string[], resources: string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources }));
  }

  /** Both sides have the same fields or it does not compile: a variable that functions/ reads cannot be forgotten here. */
  private set<Field extends string>(names: Record<Field, string>, values: Record<Field, string>): void {
    for (const field in names) {
      this.addEnvironment(names[field], values[field]);
    }
  }
}

/** Bundled before the CDK looks, rather than by its own bundling, which asks for a Docker image and prints a line each. */
const bundledCode = (scope: Construct, { entry, modelRules }: ServiceFunctionProps): Code => {
  const assembly = Stage.of(scope)?.outdir;
  if (assembly === undefined) {
    throw new Error(`${scope.node.path} is in no app.`);
  }
  const folder = join(assembly, 'bundles', entry);
  // An earlier synth into the same place may have left a migration that is no more.
  rmSync(folder, { recursive: true, force: true });
  bundle(entry, folder, join(assembly, 'source-maps'));
  if (modelRules.catalogue !== undefined) {
    writeFileSync(join(folder, CATALOGUE_FILE), JSON.stringify(modelRules.catalogue));
  }
  return Code.fromAsset(folder);
};

// The one construct for every Lambda function: project defaults, and what its entry in the registry gives it, each
// grant together with the variables that need it.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DefaultStackSynthesizer,
  Duration,
  RemovalPolicy,
  Stack,
  Stage,
  Token,
  Validations,
} from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
  type VersionOptions,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { entryOf, environmentOf, type FunctionName, variableNames } from '../functions/contract.ts';
import { bundle } from './bundling.ts';
import type { ModelRulesChoice } from './context.ts';
import { MIGRATIONS_FOLDER } from './project.ts';

/** The catalogue beside a function's code: its variables hold 4 KB together, too few for it. */
const CATALOGUE_FILE = 'catalogue.json';

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

/** Whether a machine must have a model, and the runtimes that need none. */
export interface ModelDemand {
  requireModel: boolean;
  requireModelExempt?: string[] | undefined;
}

export interface ServiceFunctionProps {
  /** The function's entry in the registry, which says what it needs of the rest. */
  name: FunctionName;
  database: DatabaseAccess;
  encryptionKey: SecretAccess;
  modelRules: ModelRulesChoice;
  modelDemand: ModelDemand;
  /** What becomes of the log when the function goes. */
  logRemovalPolicy?: RemovalPolicy;
  currentVersionOptions?: VersionOptions;
}

export class ServiceFunction extends LambdaFunction {
  /** What it calls itself in logs and metrics. */
  readonly serviceName: FunctionName;
  /** SHA-256 of the bundled code, in hex. */
  readonly codeHash: string;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    const { description, timeoutSeconds, memoryMb, needs } = entryOf(props.name);
    const folder = bundleInto(scope, props);
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: props.logRemovalPolicy ?? RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(folder),
      description: `${description} ${provenanceOf(Stack.of(scope), props)}`,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      tracing: Tracing.ACTIVE,
      logGroup,
      ...(props.currentVersionOptions && { currentVersionOptions: props.currentVersionOptions }),
      role: new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    });
    this.serviceName = props.name;
    this.codeHash = createHash('sha256')
      .update(readFileSync(join(folder, 'index.js')))
      .digest('hex');
    this.allowLogsAndTraces();
    for (const need of needs) {
      this.give[need](props);
    }
  }

  allowReading({ arn, kmsKeyArns }: SecretAccess): void {
    this.allow(['secretsmanager:GetSecretValue'], [arn]);
    if (kmsKeyArns.length === 0) {
      return;
    }
    const { region, urlSuffix } = Stack.of(this);
    // In China, AWS writes it both with and without the suffix of the partition.
    const throughSecretsManager = ['amazonaws.com', urlSuffix].map(
      (suffix) => `secretsmanager.${region}.${suffix}`,
    );
    this.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: kmsKeyArns,
        conditions: { StringEquals: { 'kms:ViaService': throughSecretsManager } },
      }),
    );
  }

  /** What a need of the registry gives. */
  private readonly give = {
    /** Statements on one database as the user of one secret. */
    database: ({ database: { clusterArn, secret, name } }: ServiceFunctionProps): void => {
      this.allow(['rds-data:ExecuteStatement'], [clusterArn]);
      this.allowReading(secret);
      this.set(variableNames.database, { clusterArn, secretArn: secret.arn, name });
    },
    encryptionKey: ({ encryptionKey }: ServiceFunctionProps): void => {
      this.allowReading(encryptionKey);
      this.set(variableNames.encryptionKey, { secretArn: encryptionKey.arn });
    },
    modelRules: ({ modelRules: { allowedModelIds, catalogueMode, catalogue } }: ServiceFunctionProps): void =>
      this.set(variableNames.modelRules, {
        allowedModelIds: allowedModelIds.join(','),
        catalogueMode,
        catalogueFile: catalogue === undefined ? '' : CATALOGUE_FILE,
      }),
    modelDemand: ({ modelDemand: { requireModel, requireModelExempt = [] } }: ServiceFunctionProps): void =>
      this.set(variableNames.modelDemand, {
        required: String(requireModel),
        exemptRuntimes: requireModelExempt.join(','),
      }),
    migrations: (): void => this.set(variableNames.migrations, { directory: MIGRATIONS_FOLDER }),
  };

  private allowLogsAndTraces(): void {
    // Metrics of two stacks in one region are not to be added up.
    this.set(variableNames.telemetry, { metricsNamespace: this.stack.stackName });
    // Instead of AWS's managed policy, which may write to any log group of the account.
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);
    Validations.of(this.role ?? this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Tracing: xray:PutTraceSegments and PutTelemetryRecords know no resource but *.',
    });
  }

  private allow(actions: string[], resources: string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions, resources }));
  }

  private set<Field extends string>(names: Record<Field, string>, values: Record<Field, string>): void {
    for (const [name, value] of Object.entries(environmentOf(names, values))) {
      this.addEnvironment(name, value);
    }
  }
}

/**
 * An ARN that is written where the template referred to its resource gives the function a new version by the CDK's reckoning,
 * and by CloudFormation's, which compares what the references resolve to, no change: Lambda then refuses the version. So what
 * was referred to is said, and changes with it. Without credentials, that is also the account and perhaps the region. So is a
 * bootstrap's qualifier of one's own, in the name of the bucket from which Lambda takes the same code.
 */
const provenanceOf = (
  { account, region, synthesizer: { bootstrapQualifier: qualifier } }: Stack,
  { database, encryptionKey }: ServiceFunctionProps,
): string => {
  const said = (value: string, reference: string): string =>
    Token.isUnresolved(value) ? reference : 'named';
  const made = (arn: string): string => said(arn, 'made with the stack');
  const found = (place: string): string => said(place, 'of the credentials');
  const assets =
    qualifier === undefined || qualifier === DefaultStackSynthesizer.DEFAULT_QUALIFIER
      ? ''
      : ` Assets: ${qualifier}.`;
  return (
    `(Database: ${made(database.clusterArn)}. Key: ${made(encryptionKey.arn)}. ` +
    `Account: ${found(account)}. Region: ${found(region)}.${assets})`
  );
};

/** Bundled before the CDK looks, rather than by its own bundling, which asks for a Docker image and prints a line each. */
const bundleInto = (scope: Construct, { name, modelRules }: ServiceFunctionProps): string => {
  const assembly = Stage.of(scope)?.outdir;
  if (assembly === undefined) {
    throw new Error(`${scope.node.path} is in no app.`);
  }
  const folder = join(assembly, 'bundles', name);
  // An earlier synth into the same place may have left a migration that is no more.
  rmSync(folder, { recursive: true, force: true });
  bundle(name, folder, join(assembly, 'source-maps'));
  if (modelRules.catalogue !== undefined && entryOf(name).needs.includes('modelRules')) {
    writeFileSync(join(folder, CATALOGUE_FILE), JSON.stringify(modelRules.catalogue));
  }
  return folder;
};

// The service: secrets, migration, functions and API put together, and what the outside needs to know as outputs.
import { CfnResource, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type RequestFunctionName, recordOf, requestFunctionNames } from '../functions/contract.ts';
import type { Deployment } from './context.ts';
import type { MigrationTarget } from './migration-target.ts';
import { ModelApi } from './model-api.ts';
import { Observability } from './observability.ts';
import { addOutputs } from './outputs.ts';
import { RequestFunction } from './request-function.ts';
import { SchemaMigration } from './schema-migration.ts';
import type { DatabaseAccess, SecretAccess } from './service-function.ts';
import { makeApiUser, provideEncryptionKey } from './service-secrets.ts';

/** The aliases that make new code live and what refers to them, which come after the migration; and the migration itself. */
const AFTER_MIGRATION: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::Events::Rule',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Permission',
  'AWS::SSM::Parameter',
  'Custom::SchemaMigration',
]);

export interface ModelServiceStackProps extends StackProps {
  deployment: Deployment;
  /** The database with its owner's secret. */
  database: DatabaseAccess;
  migrationTarget: MigrationTarget;
}

export class ModelServiceStack extends Stack {
  private readonly encryptionKey: SecretAccess;
  private readonly apiUser: SecretAccess;
  private readonly migration: SchemaMigration;

  constructor(scope: Construct, id: string, props: ModelServiceStackProps) {
    super(scope, id, props);
    const { keys, authorization, database: choice } = props.deployment;
    this.encryptionKey = provideEncryptionKey(this, props.deployment);
    this.apiUser = makeApiUser(this);
    this.migration = this.migrate(props);

    const functions = recordOf(requestFunctionNames(), (name) => this.addRequestFunction(name, props));
    const provision = functions.provision.live;
    this.allowInvoking(keys.provisionInvokers ?? [], functions.provision);
    new Rule(this, 'DailyAudit', {
      description: 'Audits the picks of the fleet.',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new FunctionTarget(functions.audit.live)],
    });

    const api = new ModelApi(this, 'Api', {
      functions,
      authorization,
      corsOrigins: keys.corsOrigins ?? [],
      throttle: { rateLimit: keys.throttleRate, burstLimit: keys.throttleBurst },
    });
    for (const route of api.routes) {
      route.node.addDependency(this.migration.resource);
    }

    const { topic } = new Observability(this, 'Observability', {
      api,
      functions,
      migrate: this.migration.function,
      ownCluster: choice.kind === 'own' ? { ...choice, arn: props.database.clusterArn } : undefined,
      alarmEmail: keys.alarmEmail,
    });
    this.orderMigration();
    addOutputs(this, {
      ApiUrl: api.stage.url,
      ApiArn: api.api.arnForExecuteApi(),
      ProvisionFunctionName: provision.functionName,
      ProvisionFunctionArn: provision.functionArn,
      AuditFunctionName: functions.audit.live.functionName,
      ProvisionParameter: this.publish(provision).parameterName,
      ClusterArn: props.database.clusterArn,
      DatabaseSecretArn: props.database.secret.arn,
      DatabaseName: props.database.name,
      ApiUserSecretArn: this.apiUser.arn,
      EncryptionKeySecretArn: this.encryptionKey.arn,
      MigrateFunctionName: this.migration.function.functionName,
      AlarmTopicArn: topic.topicArn,
      ...this.migration.report,
    });
    this.migration.settleAfter(this.node.findAll().filter((each) => each instanceof CfnResource));
  }

  private migrate({ deployment, database, migrationTarget }: ModelServiceStackProps): SchemaMigration {
    return new SchemaMigration(this, 'Migration', {
      target: migrationTarget,
      database,
      existingDatabase: deployment.database.kind === 'joined',
      apiUserSecret: this.apiUser,
      encryptionKey: this.encryptionKey,
      allowedMoves: deployment.keys.allowMove ?? [],
      modelRules: deployment.modelRules,
      modelDemand: deployment.keys,
    });
  }

  /** Everything that can stand, or fail, before a row is touched does: there a failure costs nothing yet. */
  private orderMigration(): void {
    for (const resource of this.node.findAll()) {
      if (resource instanceof CfnResource && !AFTER_MIGRATION.has(resource.cfnResourceType)) {
        this.migration.resource.node.addDependency(resource);
      }
    }
  }

  /** A function that answers requests as the API's database user, with new code only after the rows are. */
  private addRequestFunction(name: RequestFunctionName, props: ModelServiceStackProps): RequestFunction {
    const target = new RequestFunction(this, constructIdOf(name), {
      name,
      database: { ...props.database, secret: this.apiUser },
      encryptionKey: this.encryptionKey,
      modelRules: props.deployment.modelRules,
      modelDemand: props.deployment.keys,
    });
    target.live.node.addDependency(this.migration.resource);
    return target;
  }

  private allowInvoking(invokers: string[], { live, currentVersion }: RequestFunction): void {
    invokers.forEach((invoker, index) => {
      const principal = invoker.startsWith('arn:')
        ? new ArnPrincipal(invoker)
        : new AccountPrincipal(invoker);
      live.addPermission(`Invoker${index}`, { principal });
      // The alias waits for the migration. Lambda refuses an invoker that does not exist here, before a row is touched.
      const check = new CfnPermission(this, `InvokerCheck${index}`, {
        action: 'lambda:InvokeFunction',
        functionName: currentVersion.functionArn,
        principal: invoker,
      });
      this.migration.resource.node.addDependency(check);
    });
  }

  private publish(provision: IFunction): StringParameter {
    return new StringParameter(this, 'ProvisionFunctionParameter', {
      parameterName: `/${this.stackName}/provision-function-arn`,
      stringValue: provision.functionArn,
      description: 'The function that CP invokes for the user-data of a new machine.',
    });
  }
}

/** The name in PascalCase, as the CDK writes ids. */
const constructIdOf = (name: RequestFunctionName): string =>
  name.replaceAll(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());

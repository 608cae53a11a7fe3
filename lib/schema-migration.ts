// The custom resources that run migrations/ on deploy, and take them back where a creation fails, through the CDK's
// Provider framework.
import { createHash } from 'node:crypto';
import { type CfnResource, CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import {
  type DeployProperties,
  type Move,
  type PhaseProperties,
  type Report,
  recordOf,
  reportFields,
} from '../functions/contract.ts';
import type { ModelRulesChoice } from './context.ts';
import type { MigrationTarget } from './migration-target.ts';
import {
  type DatabaseAccess,
  type ModelDemand,
  type SecretAccess,
  ServiceFunction,
} from './service-function.ts';

/** How long CloudFormation waits for an answer. */
const SERVICE_TIMEOUT = Duration.minutes(15);

export interface SchemaMigrationProps {
  target: MigrationTarget;
  /** With the rights of the owner: it makes tables and the API's user. */
  database: DatabaseAccess;
  /** Whether tables have to be there already, which makes a wrong database name an error. */
  existingDatabase: boolean;
  apiUserSecret: SecretAccess;
  encryptionKey: SecretAccess;
  allowedMoves: readonly Move[];
  modelRules: ModelRulesChoice;
  modelDemand: ModelDemand;
}

export class SchemaMigration extends Construct {
  readonly function: ServiceFunction;
  readonly resource: CustomResource;
  private readonly serviceToken: string;
  private readonly apiUserSecretArn: string;
  private readonly encryptionKeySecretArn: string;

  constructor(scope: Construct, id: string, props: SchemaMigrationProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    this.serviceToken = this.createProvider().serviceToken;
    this.apiUserSecretArn = props.apiUserSecret.arn;
    this.encryptionKeySecretArn = props.encryptionKey.arn;
    const properties: DeployProperties = {
      TargetVersion: props.target.version,
      MigrationsHash: props.target.hash,
      ExistingDatabase: props.existingDatabase ? 'true' : 'false',
      ApiUserSecretArn: this.apiUserSecretArn,
      // For CloudFormation alone, which asks again only when a property changes: what new code grants the API's user is to
      // be granted, too.
      CodeHash: this.function.codeHash,
      // For CloudFormation alone, too: by other rules there are other suspects to report.
      ModelRulesHash: createHash('sha256').update(JSON.stringify(props.modelRules)).digest('hex'),
      ClusterArn: props.database.clusterArn,
      DatabaseName: props.database.name,
      DatabaseSecretArn: props.database.secret.arn,
      EncryptionKeySecretArn: this.encryptionKeySecretArn,
      AllowedMoves: props.allowedMoves.join(','),
    };
    this.resource = this.createResource('Resource', { ...properties });
    // Deleted after the migration itself, and also where the framework keeps the migration's own Delete back because its
    // Create failed or was cut off: then it takes back what was done.
    const begin: PhaseProperties = { Phase: 'begin' };
    this.resource.node.addDependency(this.createResource('Begin', { ...begin }));
  }

  /**
   * Says that the creation is completed, so that a deletion of the stack leaves the rows alone; and with each release that its
   * code is live, so that the API's user loses the rights that only the code before needed; and with each change of the key,
   * to which there is no way back any more. It comes after everything else.
   */
  settleAfter(resources: readonly CfnResource[]): void {
    const settle: PhaseProperties = {
      Phase: 'settle',
      ApiUserSecretArn: this.apiUserSecretArn,
      CodeHash: this.function.codeHash,
      EncryptionKeySecretArn: this.encryptionKeySecretArn,
    };
    this.createResource('Settled', { ...settle }).node.addDependency(...resources);
  }

  /** What migrate answered with in its Data. */
  get report(): Report {
    return recordOf(reportFields, (field) => this.resource.getAttString(field));
  }

  private createResource(id: string, properties: Record<string, string>): CustomResource {
    const resource = new CustomResource(this, id, {
      resourceType: 'Custom::SchemaMigration',
      serviceToken: this.serviceToken,
      serviceTimeout: SERVICE_TIMEOUT,
      properties,
    });
    // A policy is a resource of its own: without this the first statement could come before the right to make it.
    resource.node.addDependency(this.function);
    return resource;
  }

  private createFunction(props: SchemaMigrationProps): ServiceFunction {
    // No right to transactions: every step is one call, which commits by itself.
    const migrate = new ServiceFunction(this, 'Function', {
      ...props,
      name: 'migrate',
      // A failed first deploy removes what it made; the log is what tells why.
      logRemovalPolicy: RemovalPolicy.RETAIN,
    });
    migrate.allowReading(props.apiUserSecret);
    return migrate;
  }

  /** The framework would give its function AWS's managed policy and every version of ours; this role has what it needs. */
  private createProvider(): Provider {
    const logGroup = new LogGroup(this, 'ProviderLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'ProviderRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const allow = (actions: string[], resources: string[]) =>
      role.addToPolicy(new PolicyStatement({ actions, resources }));
    allow(['lambda:InvokeFunction', 'lambda:GetFunction'], [this.function.functionArn]);
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.function,
      frameworkOnEventRole: role.withoutPolicyUpdates(),
      logGroup,
    });
    this.forbidLateRepeats(provider);
    return provider;
  }

  /** Lambda repeats an event that failed, for up to six hours. A Create would come after the Delete that took it back. */
  private forbidLateRepeats(provider: Provider): void {
    for (const target of provider.node.findAll()) {
      if (target instanceof LambdaFunction) {
        target.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: SERVICE_TIMEOUT });
      }
    }
  }
}

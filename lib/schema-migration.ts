// The custom resource that runs migrations/ on deploy, through the CDK's Provider framework.
import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { type Report, recordOf, reportFields } from '../functions/contract.ts';
import type { ModelRulesChoice } from './context.ts';
import type { MigrationTarget } from './migration-files.ts';
import {
  type DatabaseAccess,
  type ModelDemand,
  type SecretAccess,
  ServiceFunction,
} from './service-function.ts';

export interface SchemaMigrationProps {
  target: MigrationTarget;
  /** With the rights of the owner: it makes tables and the API's user. */
  database: DatabaseAccess;
  /** Whether tables have to be there already, which makes a wrong database name an error. */
  existingDatabase: boolean;
  apiUserSecret: SecretAccess;
  encryptionKey: SecretAccess;
  modelRules: ModelRulesChoice;
  modelDemand: ModelDemand;
}

export class SchemaMigration extends Construct {
  readonly function: ServiceFunction;
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: SchemaMigrationProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::SchemaMigration',
      serviceToken: this.createProvider().serviceToken,
      serviceTimeout: Duration.minutes(15),
      properties: {
        TargetVersion: props.target.version,
        MigrationsHash: props.target.hash,
        ExistingDatabase: String(props.existingDatabase),
        ApiUserSecretArn: props.apiUserSecret.arn,
        // For CloudFormation alone, which asks again only when a property changes: another database is to be renamed,
        // too, another key to be tried, and what new code grants the API's user to be granted.
        CodeHash: this.function.codeHash,
        ClusterArn: props.database.clusterArn,
        DatabaseName: props.database.name,
        DatabaseSecretArn: props.database.secret.arn,
        EncryptionKeySecretArn: props.encryptionKey.arn,
      },
    });
    // A policy is a resource of its own: without this the first statement could come before the right to make it.
    this.resource.node.addDependency(this.function);
  }

  /** What migrate answered with in its Data. */
  get report(): Report {
    return recordOf(reportFields, (field) => this.resource.getAttString(field));
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
    return new Provider(this, 'Provider', {
      onEventHandler: this.function,
      frameworkOnEventRole: role.withoutPolicyUpdates(),
      logGroup,
    });
  }
}

// Aurora PostgreSQL Serverless v2 with the Data API, made only where no existing cluster is named in context. A stack of
// its own: the service's, which refers to it, is deployed only once all of this stands. The Data API answers no sooner
// than the writer does.
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { DatabaseAccess } from './service-function.ts';

export interface DatabaseStackProps extends StackProps {
  /** In Aurora capacity units; a minimum of 0 lets the cluster pause. */
  minCapacity: number;
  maxCapacity: number;
  /** Instances beside the writer. */
  readers: number;
}

const DATABASE_NAME = 'workspaces';

/**
 * The major version alone: RDS takes its default minor one. A minor version written here is one day not offered any more,
 * and RDS, which upgrades it by itself in the maintenance window, would refuse to go back to it.
 */
const ENGINE_VERSION = AuroraPostgresEngineVersion.of('17', '17', {
  s3Export: true,
  s3Import: true,
});

export class DatabaseStack extends Stack {
  readonly access: DatabaseAccess;

  constructor(scope: Construct, id: string, props: DatabaseStackProps) {
    // The cluster's deletion protection does not cover its writer: a deletion of the stack would delete that, and then fail.
    super(scope, id, { ...props, terminationProtection: true });
    const cluster = this.createCluster(props);
    const { secret } = cluster;
    if (secret === undefined) {
      throw new Error('RDS made no secret for the owner.');
    }
    this.access = {
      clusterArn: cluster.clusterArn,
      secret: { arn: secret.secretArn, kmsKeyArns: [] },
      name: DATABASE_NAME,
    };
    new CfnOutput(this, 'DatabaseClusterArn', {
      value: cluster.clusterArn,
      description: 'The cluster made here.',
    });
  }

  /** Two zones of the region, as CloudFormation sees them: a look-up at synth would need credentials. */
  override get availabilityZones(): string[] {
    return [Fn.select(0, Fn.getAzs()), Fn.select(1, Fn.getAzs())];
  }

  private createCluster({ minCapacity, maxCapacity, readers }: DatabaseStackProps): DatabaseCluster {
    const vpc = this.createNetwork();
    return new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: ENGINE_VERSION }),
      writer: ClusterInstance.serverlessV2('Writer'),
      readers: Array.from({ length: readers }, (_, index) =>
        ClusterInstance.serverlessV2(`Reader${index + 1}`, { scaleWithWriter: true }),
      ),
      serverlessV2MinCapacity: minCapacity,
      serverlessV2MaxCapacity: maxCapacity,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [
        new SecurityGroup(this, 'SecurityGroup', {
          vpc,
          description: 'Nobody connects: statements come by the Data API.',
          allowAllOutbound: false,
        }),
      ],
      defaultDatabaseName: DATABASE_NAME,
      // RDS keeps this secret and changes the password every seven days, with no function of ours in the network.
      manageMasterUserPassword: true,
      enableDataApi: true,
      iamAuthentication: true,
      storageEncrypted: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      backup: { retention: Duration.days(14) },
      cloudwatchLogsExports: ['postgresql'],
    });
  }

  private createNetwork(): IVpc {
    const network = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED }],
      // The CDK would add a custom resource with wide rights, to empty a default group that nothing here is in.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(network).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'No way leads in or out of this network and nothing in it connects to anything: there is no flow to log.',
    });
    // @ts-expect-error exactOptionalPropertyTypes finds a Vpc to be no IVpc: github.com/aws/aws-cdk/issues/37995
    return network;
  }
}

import { CfnResource, Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requestFunctionNames } from '../../../functions/contract.ts';
import { joined, own, tokens } from '../../helpers/contexts.ts';
import { compositionOf, one, serviceStack, synthesize } from '../../helpers/synthesized.ts';
import { idOf, metricNamesOf, reviewable } from '../../helpers/template-queries.ts';

const ownStacks = synthesize(own);
const ways = { joined: serviceStack(joined), own: one(ownStacks, 'workspace-model') };
const database = one(ownStacks, 'workspace-model-database').template;

describe('what is kept', () => {
  it('encrypts, backs up and protects a cluster that it makes, and answers the Data API', () => {
    database.allResourcesProperties('AWS::RDS::DBCluster', {
      StorageEncrypted: true,
      DeletionProtection: true,
      BackupRetentionPeriod: 14,
      EnableIAMDatabaseAuthentication: true,
      EnableHttpEndpoint: true,
      ManageMasterUserPassword: true,
      EngineVersion: '17',
    });
    database.allResources('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
  });

  it('lets the cluster pause when context says so', () => {
    const { template } = one(
      synthesize({ ...own, minCapacity: '0', maxCapacity: '2' }),
      'workspace-model-database',
    );
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 2 },
    });
  });

  it('puts the cluster where no way leads in or out', () => {
    for (const way of [
      'InternetGateway',
      'NatGateway',
      'Route',
      'SecurityGroupIngress',
      'VPCPeeringConnection',
    ]) {
      expect(database.findResources(`AWS::EC2::${way}`)).toEqual({});
    }
    database.allResourcesProperties('AWS::RDS::DBInstance', { PubliclyAccessible: false });
    database.allResourcesProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  });

  it('keeps an encryption key that it made, and makes none where one is named', () => {
    const { template } = ways.own;
    const key = idOf(template, 'AWS::SecretsManager::Secret', /^EncryptionKey/);
    expect(template.findResources('AWS::SecretsManager::Secret')[key]).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { GenerateSecretString: { PasswordLength: 32 } },
    });
    const made = Object.keys(ways.joined.template.findResources('AWS::SecretsManager::Secret'));
    expect(made).toEqual([expect.stringMatching(/^ApiUser/)]);
  });

  it('makes a key for a cluster that it joins where context says so', () => {
    const { template } = serviceStack({ ...joined, encryptionKeySecretArn: 'new' });
    expect(() => idOf(template, 'AWS::SecretsManager::Secret', /^EncryptionKey/)).not.toThrow();
  });

  it('never changes how the key was generated, for CloudFormation would then make another value', () => {
    const { template } = one(ownStacks, 'workspace-model');
    const id = idOf(template, 'AWS::SecretsManager::Secret', /^EncryptionKey/);
    expect(
      template.findResources('AWS::SecretsManager::Secret')[id]?.['Properties'].GenerateSecretString,
    ).toEqual({
      ExcludePunctuation: true,
      PasswordLength: 32,
    });
  });

  it('has no reader unless context says how many, and an engine of no minor version that could be gone', () => {
    const count = (context: object) =>
      one(synthesize({ ...own, ...context }), 'workspace-model-database').template.findResources(
        'AWS::RDS::DBInstance',
      );
    expect(Object.keys(count({}))).toHaveLength(1);
    expect(Object.keys(count({ readers: 2 }))).toHaveLength(3);
    one(ownStacks, 'workspace-model-database').template.hasResourceProperties('AWS::RDS::DBCluster', {
      EngineVersion: '17',
    });
  });

  it('watches the capacity of a cluster that it made, and of no other', () => {
    const alarmsOf = (template: Template) => Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    const isCapacity = (id: string) => id.startsWith('ObservabilityClusterCapacity');
    expect(alarmsOf(ways.own.template).filter(isCapacity)).toHaveLength(1);
    expect(alarmsOf(ways.joined.template).filter(isCapacity)).toEqual([]);
  });

  it.each([
    ['that can grow', { minCapacity: 3.5 }, 'ACUUtilization', []],
    ['of a fixed capacity', { minCapacity: 4 }, 'CPUUtilization', [{ Name: 'Role', Value: 'WRITER' }]],
  ])('lets an idle cluster %s ring no alarm', (_, context, metric, dimensions) => {
    const { template } = one(synthesize({ ...own, ...context }), 'workspace-model');
    const id = idOf(template, 'AWS::CloudWatch::Alarm', /^ObservabilityClusterCapacity/);
    expect(template.findResources('AWS::CloudWatch::Alarm')[id]?.['Properties']).toMatchObject({
      MetricName: metric,
      Dimensions: [{ Name: 'DBClusterIdentifier' }, ...dimensions],
      Threshold: 90,
    });
  });

  it('keeps the log of migrate, which tells why a first deploy failed', () => {
    const id = idOf(ways.joined.template, 'AWS::Logs::LogGroup', /^MigrationFunctionLog/);
    expect(ways.joined.template.findResources('AWS::Logs::LogGroup')[id]).toMatchObject({
      DeletionPolicy: 'Retain',
    });
  });
});

describe('the alarms', () => {
  const { template } = ways.joined;
  it.each<[string, string[], object?]>([
    ['ServerErrorRate', ['5xx', 'Count']],
    ['SlowAnswers', ['Latency'], { ExtendedStatistic: 'p99' }],
    ['ThrottledCalls', ['ThrottledCalls']],
    ['ThrottledFunctions', requestFunctionNames().map(() => 'Throttles')],
    ['ProvisionRefusals', ['Refused'], { Dimensions: [{ Name: 'service', Value: 'provision' }] }],
    ['ProvisionFailures', ['Errors', 'Refused']],
    [
      'MigrateFailures',
      ['Errors'],
      {
        Dimensions: [
          {
            Name: 'FunctionName',
            Value: { Ref: idOf(template, 'AWS::Lambda::Function', /^MigrationFunction/) },
          },
        ],
      },
    ],
    ['DataApiErrors', requestFunctionNames().map(() => 'DataApiErrors')],
    [
      'AuditFindings',
      ['Unusable'],
      {
        Dimensions: [{ Name: 'service', Value: 'audit' }],
        Statistic: 'Maximum',
        Period: 60,
        Threshold: 0,
      },
    ],
    // Lambda tries an event three times.
    ['AuditFailures', ['Errors'], { Period: 86_400, Threshold: 2 }],
  ])('has the alarm %s watch %j', (name, metricNames, properties = {}) => {
    const alarm =
      template.findResources('AWS::CloudWatch::Alarm')[
        idOf(template, 'AWS::CloudWatch::Alarm', new RegExp(`^Observability${name}`))
      ];
    expect(metricNamesOf(alarm?.['Properties'])).toEqual(metricNames);
    expect(alarm?.['Properties']).toMatchObject(properties);
  });

  it.each(Object.entries(ways))(
    'sends every alarm to one topic that CloudWatch may publish to (%s)',
    (_, { template }) => {
      const topic = { Ref: idOf(template, 'AWS::SNS::Topic', /./) };
      template.allResourcesProperties('AWS::CloudWatch::Alarm', {
        AlarmActions: [topic],
        OKActions: [topic],
        ComparisonOperator: 'GreaterThanThreshold',
      });
      template.hasResourceProperties('AWS::SNS::TopicPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Allow',
              Action: 'sns:Publish',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
            }),
          ]),
        },
      });
    },
  );

  it('keeps the findings of an audit until the next one, and takes no data for no trouble everywhere else', () => {
    const lasting = template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { TreatMissingData: 'ignore' },
    });
    expect(Object.keys(lasting)).toEqual([
      idOf(template, 'AWS::CloudWatch::Alarm', /^ObservabilityAuditFindings/),
    ]);
    const others = template.findResources('AWS::CloudWatch::Alarm', {
      Properties: { TreatMissingData: 'notBreaching' },
    });
    template.resourceCountIs('AWS::CloudWatch::Alarm', Object.keys(others).length + 1);
  });

  it('rings for more than one 5xx in a hundred calls, and for the first call that is turned away', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: '100 * errors / requests' })]),
      Threshold: 1,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'ThrottledCalls', Threshold: 0 });
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ ($.status = "429") || ($.status = 429) }',
    });
  });

  it('sends alarms to the e-mail address that context names, and to none otherwise', () => {
    const { template } = serviceStack({ ...joined, alarmEmail: 'ops@example.com' });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
    expect(ways.joined.template.findResources('AWS::SNS::Subscription')).toEqual({});
  });
});

describe('the dashboard', () => {
  const body = JSON.stringify(ways.joined.template.findResources('AWS::CloudWatch::Dashboard'));

  it('opens with a week, and the findings of daily audits with two, in the periods of their metrics', () => {
    for (const [text, times] of [
      ['\\"start\\":\\"-P7D\\"', 1],
      ['\\"start\\":\\"-P14D\\"', 1],
      ['\\"periodOverride\\":\\"inherit\\"', 1],
    ] as const) {
      expect(body.split(text)).toHaveLength(times + 1);
    }
  });

  it('shows traffic, latency, cold starts, refusals by code and the last migrations on a dashboard', () => {
    for (const shown of [
      'API calls',
      'API latency (ms)',
      'Invocations',
      'Duration (ms)',
      'Cold starts',
      'Refusals and failures by code',
      'Last migrations',
    ]) {
      expect(body).toContain(`\\"title\\":\\"${shown}\\"`);
    }
  });
});

describe('cdk-nag', () => {
  it('stops the synth at a finding that nobody acknowledged', () => {
    const app = compositionOf(joined);
    new Vpc(new Stack(app, 'careless'), 'Vpc');
    expect(() => app.synth()).toThrow(/AwsSolutions-VPC7/);
  });
});

describe('the CDK’s own look at templates', () => {
  beforeEach(() => void vi.stubEnv('CDK_VALIDATION', 'true'));
  afterEach(() => void vi.unstubAllEnvs());

  it.each(Object.entries({ joined, own }))('finds nothing wrong (%s)', (_, context) => {
    expect(() => compositionOf(context).synth()).not.toThrow();
  });

  it('stops the synth at a property that CloudFormation does not take', () => {
    const app = compositionOf(joined);
    new CfnResource(new Stack(app, 'careless'), 'Queue', {
      type: 'AWS::SQS::Queue',
      properties: { VisibilityTimeout: 'long' },
    });
    expect(() => app.synth()).toThrow(/VisibilityTimeout/);
  });
});

describe('the templates', () => {
  const stacks = {
    ...synthesize({ ...joined, stackName: 'joined' }),
    ...synthesize({ ...own, ...tokens, stackName: 'own' }),
  };

  it.each(Object.entries(stacks))('makes the template as reviewed (%s)', async (name, { template }) => {
    await expect(reviewable(template)).toMatchFileSnapshot(`__snapshots__/${name}.template.json`);
  });
});

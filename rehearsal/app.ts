// The app as it is deployed, less what the emulator cannot make: alarms of several metrics watch one that never comes, and
// the secret that RDS keeps for a cluster of its own has a name that stands for it.
import { readFileSync, writeFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { compose } from '../lib/app.ts';

const ONE_METRIC = { Namespace: 'Rehearsal', MetricName: 'Nothing', Statistic: 'Sum', Period: 300 };

const app = new App();
compose(app, { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] });

for (const construct of app.node.findAll()) {
  if (construct instanceof CfnAlarm && construct.metrics !== undefined) {
    construct.addPropertyDeletionOverride('Metrics');
    for (const [name, value] of Object.entries(ONE_METRIC)) {
      construct.addPropertyOverride(name, value);
    }
  }
}
for (const { templateFullPath } of app.synth().stacks) {
  const template: unknown = JSON.parse(readFileSync(templateFullPath, 'utf8'), withoutKeptSecret);
  writeFileSync(templateFullPath, JSON.stringify(template));
}

function withoutKeptSecret(_: string, value: unknown): unknown {
  return JSON.stringify(value)?.match(/^{"Fn::GetAtt":\["\w+","MasterUserSecret.SecretArn"\]}$/)
    ? 'the-secret-that-rds-keeps'
    : value;
}

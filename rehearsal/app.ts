// The app as it is deployed, with the alarms of several metrics, which the emulator cannot make, on one that never comes.
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
app.synth();

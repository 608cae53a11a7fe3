// The app as it is deployed, less the alarms that the emulator cannot make: those of more than one metric.
import { App } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { compose } from '../lib/app.ts';

const app = new App();
compose(app, { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] });

for (const construct of app.node.findAll()) {
  if (construct instanceof CfnAlarm && construct.metrics !== undefined) {
    construct.node.scope?.node.tryRemoveChild(construct.node.id);
  }
}
app.synth();

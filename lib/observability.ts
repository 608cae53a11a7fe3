// How an operator learns that something is wrong: alarms that go to one topic, and a dashboard.
import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { type AlarmCondition, type AlarmName, alarmConditions, alarmNames } from './alarm-conditions.ts';
import { Dashboard } from './dashboard.ts';
import type { ObservedService } from './service-metrics.ts';

export interface ObservabilityProps extends ObservedService {
  alarmEmail: string | undefined;
}

export class Observability extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    this.topic = this.createTopic(props.alarmEmail);
    const action = new SnsAction(this.topic);
    const conditions = alarmConditions(this, props);
    for (const name of alarmNames) {
      const condition = conditions[name];
      if (condition !== undefined) {
        this.addAlarm(name, condition, action);
      }
    }
    new Dashboard(this, 'Dashboard', props);
  }

  private addAlarm(
    name: AlarmName,
    { description, metric, above, periods, lasts = false }: AlarmCondition,
    action: SnsAction,
  ): void {
    const alarm = new Alarm(this, name, {
      alarmDescription: description,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: lasts ? TreatMissingData.IGNORE : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  private createTopic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Alarms', { enforceSSL: true });
    // The policy that asks for TLS replaces the default one, under which CloudWatch was allowed to publish.
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ofThisAccount }));
    if (email !== undefined) {
      topic.addSubscription(new EmailSubscription(email));
    }
    return topic;
  }
}

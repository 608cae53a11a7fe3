// The alarms: the condition of each, with the words that its message has.
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  auditMetric,
  type ObservedService,
  type OwnCluster,
  PERIOD,
  serviceMetric,
  sumOf,
} from './service-metrics.ts';

/** Of the greatest capacity of a cluster, from which on it is as good as full. */
const FULL_PERCENT = 90;

export interface AlarmCondition {
  description: string;
  metric: IMetric;
  /** The greatest value that is still fine. */
  above: number;
  /** How many periods of the metric in a row it has to be above. */
  periods: number;
  /** Whether it stays as it is while there is no data. Otherwise no data is no trouble. */
  lasts?: boolean;
}

export const alarmNames = [
  'ServerErrorRate',
  'SlowAnswers',
  'ThrottledCalls',
  'ThrottledFunctions',
  'ProvisionRefusals',
  'ProvisionFailures',
  'MigrateFailures',
  'DataApiErrors',
  'AuditFindings',
  'AuditFailures',
  'ClusterCapacity',
] as const;

export type AlarmName = (typeof alarmNames)[number];

export const alarmConditions = (
  scope: Construct,
  { api, functions, migrate, ownCluster }: ObservedService,
): Partial<Record<AlarmName, AlarmCondition>> => {
  const { provision } = functions;
  const requestFunctions = Object.values(functions);
  const sum = { statistic: Stats.SUM, period: PERIOD };
  const errorPercentage = new MathExpression({
    expression: '100 * errors / requests',
    usingMetrics: { errors: api.stage.metricServerError(sum), requests: api.stage.metricCount(sum) },
    period: PERIOD,
  });
  return {
    ServerErrorRate: {
      description: 'More than 1 % of API calls end in 5xx. The logs of the functions have the cause.',
      metric: errorPercentage,
      above: 1,
      periods: 2,
    },
    SlowAnswers: {
      description:
        'The slowest 1 % of API calls take over 3 s. A cluster that resumes, or one at its greatest capacity?',
      metric: api.stage.metricLatency({ statistic: Stats.percentile(99), period: PERIOD }),
      above: 3_000,
      periods: 3,
    },
    ThrottledCalls: {
      description: 'The API turned callers away (429). Raise throttleRate, or find the caller.',
      metric: throttledCalls(scope, api).metric(sum),
      above: 0,
      periods: 1,
    },
    ThrottledFunctions: {
      description: 'Lambda turned calls away: the account has no concurrency left.',
      metric: sumOf(
        requestFunctions.map(({ live }) => live.metricThrottles(sum)),
        'throttles',
      ),
      above: 0,
      periods: 1,
    },
    ProvisionRefusals: {
      description:
        'A machine was not provisioned: its pick or the model in the request is refused or missing, the request is wrong, or its ' +
        'workspace is unknown.',
      metric: serviceMetric(provision, 'Refused'),
      above: 0,
      periods: 1,
    },
    ProvisionFailures: {
      description: 'provision failed on more than refusals, or died. Its log has the cause.',
      // Lambda counts invocations that failed, refusals among them, and those killed before they could count anything.
      metric: new MathExpression({
        expression: 'FILL(errors, 0) - FILL(refused, 0)',
        usingMetrics: {
          errors: provision.live.metricErrors(sum),
          refused: serviceMetric(provision, 'Refused'),
        },
        period: PERIOD,
      }),
      above: 0,
      periods: 1,
    },
    MigrateFailures: {
      description: 'A migration failed, and with it the deploy. The log of migrate has the cause.',
      metric: migrate.metricErrors(sum),
      above: 0,
      periods: 1,
    },
    DataApiErrors: {
      description: 'More than five failed calls of the Data API in five minutes.',
      metric: sumOf(
        requestFunctions.map((target) => serviceMetric(target, 'DataApiErrors')),
        'errors',
      ),
      above: 5,
      periods: 1,
    },
    AuditFindings: {
      description:
        'The daily audit found picks that cannot work. `npm run models -- audit --stack <name>` names them.',
      // Decided anew by each audit, also by one that an operator runs a minute after another.
      metric: auditMetric(functions, 'Unusable').with({ period: Duration.minutes(1) }),
      above: 0,
      periods: 1,
      lasts: true,
    },
    AuditFailures: {
      description:
        'The daily audit did not come to its end in any of its three tries. The log of audit has the cause.',
      metric: functions.audit.live.metricErrors({ statistic: Stats.SUM, period: Duration.days(1) }),
      above: 2,
      periods: 1,
    },
    ...(ownCluster !== undefined && { ClusterCapacity: clusterCapacity(ownCluster) }),
  };
};

/** A cluster that never goes below 90 % of its greatest capacity is told to be busy by its writer's processor alone. */
const clusterCapacity = ({ arn, minCapacity, maxCapacity }: OwnCluster): AlarmCondition => {
  const isFixed = (100 * minCapacity) / maxCapacity > FULL_PERCENT;
  return {
    description: isFixed
      ? 'The writer of the cluster made here, whose capacity hardly changes, has its processor 90 % busy or more. Raise maxCapacity.'
      : 'The cluster made here is at 90 % of its greatest capacity or more. Raise maxCapacity.',
    metric: new Metric({
      namespace: 'AWS/RDS',
      metricName: isFixed ? 'CPUUtilization' : 'ACUUtilization',
      dimensionsMap: {
        DBClusterIdentifier: Fn.select(6, Fn.split(':', arn)),
        ...(isFixed && { Role: 'WRITER' }),
      },
      statistic: Stats.AVERAGE,
      period: PERIOD,
    }),
    above: FULL_PERCENT,
    periods: 3,
  };
};

/** API Gateway counts all 4xx as one; the access log tells which were 429. */
const throttledCalls = (scope: Construct, { accessLog }: ObservedService['api']): MetricFilter =>
  new MetricFilter(scope, 'ThrottledCallsFilter', {
    logGroup: accessLog,
    // The log has the status as text; whether CloudWatch takes that for a number, too, is not documented.
    filterPattern: FilterPattern.any(
      FilterPattern.stringValue('$.status', '=', '429'),
      FilterPattern.numberValue('$.status', '=', 429),
    ),
    metricNamespace: Stack.of(scope).stackName,
    metricName: 'ThrottledCalls',
  });

// The metrics that alarms and dashboard read: AWS's own, and those that the functions write into their log lines (EMF).
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AuditCounts, MetricName, RequestFunctionName } from '../functions/contract.ts';
import type { ModelApi } from './model-api.ts';
import type { RequestFunction } from './request-function.ts';
import type { ServiceFunction } from './service-function.ts';

export interface OwnCluster {
  arn: string;
  /** In Aurora capacity units. */
  minCapacity: number;
  maxCapacity: number;
}

/** What is watched. */
export interface ObservedService {
  api: ModelApi;
  functions: Record<RequestFunctionName, RequestFunction>;
  migrate: ServiceFunction;
  /** Undefined where the cluster is somebody else's to watch. */
  ownCluster: OwnCluster | undefined;
}

export const PERIOD = Duration.minutes(5);

/** One metric of one function, which names itself in the dimension `service`, under the name of its stack. */
export const serviceMetric = (target: ServiceFunction, metricName: MetricName): Metric =>
  metricOf(target, metricName, { statistic: Stats.SUM, period: PERIOD });

const metricOf = (
  { serviceName, stack }: ServiceFunction,
  metricName: string,
  options: MetricOptions,
): Metric =>
  new Metric({
    namespace: stack.stackName,
    metricName,
    dimensionsMap: { service: serviceName },
    ...options,
  });

/** A count of the daily audit; where two ran on one day, the greater one. */
export const auditMetric = ({ audit }: ObservedService['functions'], name: keyof AuditCounts): Metric =>
  metricOf(audit, name, { statistic: Stats.MAXIMUM, period: Duration.days(1) });

/** The sum of several metrics, of which some may have no data. */
export const sumOf = (metrics: IMetric[], label: string): MathExpression =>
  new MathExpression({
    expression: 'SUM(METRICS())',
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    period: PERIOD,
    label,
  });

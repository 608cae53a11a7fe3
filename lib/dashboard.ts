// What an operator looks at: traffic, latency and cold starts of each function, refusals by code, the last migrations.
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { findingCodes, reportFields } from '../functions/contract.ts';
import type { RequestFunction } from './request-function.ts';
import type { ServiceFunction } from './service-function.ts';
import { auditMetric, type ObservedService, PERIOD, serviceMetric } from './service-metrics.ts';

const HALF_WIDTH = 12;

/** Every invocation logs one line with these fields. */
const OUTCOMES_BY_CODE = [
  "filter outcome in ['refused', 'failed']",
  'stats count(*) as invocations by service, outcome, code',
  'sort invocations desc',
];

const LAST_REPORTS = [
  'filter ispresent(report.Version)',
  'sort @timestamp desc',
  'limit 5',
  `display ${['@timestamp', ...reportFields.map((field) => `report.${field}`)].join(', ')}`,
];

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { api, functions, migrate }: ObservedService) {
    super(scope, id);
    const targets = Object.values(functions);
    const sum = { statistic: Stats.SUM, period: PERIOD };
    const of = (measure: (target: RequestFunction) => IMetric) => targets.map(measure);
    const percentile =
      (percent: number) =>
      ({ live, serviceName }: RequestFunction) =>
        live.metricDuration({
          statistic: Stats.percentile(percent),
          period: PERIOD,
          label: `${serviceName} p${percent}`,
        });

    const { stackName, region } = Stack.of(this);
    const dashboard = new CloudWatchDashboard(this, 'Board', {
      // An account has its dashboards for all regions at once.
      dashboardName: `${stackName}-${region}`,
      // The three hours that CloudWatch would open with have no deploy in them.
      defaultInterval: Duration.days(7),
      // Otherwise CloudWatch chooses the periods, and an audit's findings are points without a line.
      periodOverride: PeriodOverride.INHERIT,
    });
    dashboard.addWidgets(
      graph('API calls', [
        api.stage.metricCount(sum),
        api.stage.metricClientError(sum),
        api.stage.metricServerError(sum),
      ]),
      graph(
        'API latency (ms)',
        [50, 99].map((percent) =>
          api.stage.metricLatency({
            statistic: Stats.percentile(percent),
            period: PERIOD,
            label: `p${percent}`,
          }),
        ),
      ),
    );
    dashboard.addWidgets(
      graph(
        'Invocations',
        of(({ live, serviceName }) => live.metricInvocations({ ...sum, label: serviceName })),
      ),
      graph('Duration (ms)', [...of(percentile(50)), ...of(percentile(99))]),
    );
    dashboard.addWidgets(
      graph(
        'Cold starts',
        of((target) => serviceMetric(target, 'ColdStart').with({ label: target.serviceName })),
      ),
      graph('Failures, and failed Data API calls', [
        ...of((target) => serviceMetric(target, 'Failed').with({ label: target.serviceName })),
        ...of((target) =>
          serviceMetric(target, 'DataApiErrors').with({ label: `${target.serviceName} Data API` }),
        ),
      ]),
    );
    dashboard.addWidgets(
      table('Refusals and failures by code', targets, OUTCOMES_BY_CODE),
      table('Last migrations', [migrate], LAST_REPORTS),
    );
    dashboard.addWidgets(
      graph(
        'Findings of the daily audit',
        findingCodes.map((code) => auditMetric(functions, code)),
        { start: '-P14D' },
      ),
    );
  }
}

const graph = (
  title: string,
  left: IMetric[],
  timeRange: Pick<GraphWidgetProps, 'start'> = {},
): GraphWidget => new GraphWidget({ title, left, width: HALF_WIDTH, ...timeRange });

const table = (title: string, targets: ServiceFunction[], queryLines: string[]): LogQueryWidget =>
  new LogQueryWidget({
    title,
    logGroupNames: targets.map(({ logGroup }) => logGroup.logGroupName),
    queryLines,
    view: LogQueryVisualizationType.TABLE,
    width: HALF_WIDTH,
  });

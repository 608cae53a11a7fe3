// What the functions write is what alarms and dashboard read: both are compared by namespace, name and dimension.
import { randomUUID } from 'node:crypto';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { findingCodes } from '../../../functions/contract.ts';
import { joined } from '../../helpers/contexts.ts';
import { RENAMED } from '../../helpers/engine.ts';
import { type Service, startService } from '../../helpers/service.ts';
import { serviceStack } from '../../helpers/synthesized.ts';

const NAMESPACE = 'workspace-model';

const Emf = z.object({
  service: z.string(),
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.tuple([z.tuple([z.literal('service')])]),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

const Stat = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Value: z.unknown() })).default([]),
});
const Alarm = z.union([
  z.object({ Metrics: z.array(z.object({ MetricStat: z.object({ Metric: Stat }).optional() })) }),
  Stat,
]);
const Dashboard = z.object({
  widgets: z.array(
    z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())).default([]) }) }),
  ),
});

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const written = (): Set<string> => {
  const lines = service.logs().trim().split('\n');
  return new Set(
    lines.flatMap((line) => {
      const emf = Emf.parse(JSON.parse(line));
      return emf._aws.CloudWatchMetrics.flatMap(({ Namespace, Metrics }) =>
        Metrics.map(({ Name }) => `${Namespace} ${Name} ${emf.service}`),
      );
    }),
  );
};

const readByAlarms = (template: Template): string[] =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) => {
    const alarm = Alarm.parse(Properties);
    const stats = 'Metrics' in alarm ? alarm.Metrics.map((each) => each.MetricStat?.Metric) : [alarm];
    return stats
      .filter((stat) => stat !== undefined)
      .map(({ Namespace, MetricName, Dimensions }) =>
        [Namespace, MetricName, ...Dimensions.map(({ Value }) => Value)].join(' '),
      );
  });

const readByDashboard = (template: Template): string[] => {
  const bodies = Object.values(template.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) =>
    Properties.DashboardBody['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : '')),
  );
  return bodies.flatMap((parts: string[]) =>
    Dashboard.parse(JSON.parse(parts.join(''))).widgets.flatMap(({ properties }) =>
      properties.metrics.map(([namespace, name, , value]) => [namespace, name, value].join(' ')),
    ),
  );
};

it('writes every metric that alarms and dashboard read, under the name of its stack', async () => {
  const { template } = serviceStack(joined);
  const filters = Object.values(template.findResources('AWS::Logs::MetricFilter')).flatMap(
    ({ Properties }) => Properties.MetricTransformations,
  );
  const filtered = filters.map(({ MetricNamespace, MetricName }) => `${MetricNamespace} ${MetricName}`);
  const id = await service.addWorkspace();
  await service.put(id, 'opus');
  await service.get(id);
  for (const path of ['/models', '/workspaces/models', `/workspaces/${id}/model/history`]) {
    expect((await fetch(`${service.api}${path}`)).status).toBe(200);
  }
  await service.provision({ workspace_id: id, runtime: 'langgraph' });
  await service.invoke('audit', {});
  await service.invoke('migrate', {
    RequestType: 'Create',
    RequestId: randomUUID(),
    ResourceProperties: { TargetVersion: RENAMED },
  });

  const read = [...readByAlarms(template), ...readByDashboard(template)].filter((metric) =>
    metric.startsWith(`${NAMESPACE} `),
  );
  expect(new Set(read.map((metric) => metric.split(' ')[1]))).toEqual(
    new Set([
      'ThrottledCalls',
      'Refused',
      'Failed',
      'DataApiErrors',
      'ColdStart',
      'Unusable',
      ...findingCodes,
    ]),
  );
  expect([...written(), ...filtered]).toEqual(expect.arrayContaining(read));
});

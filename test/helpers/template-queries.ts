// Questions to a CloudFormation template that its assertions have no word for.
import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import type { FunctionName, RequestFunctionName } from '../../functions/contract.ts';

interface Statement {
  actions: string[];
  /** As written: a string, or the JSON of a reference. */
  resources: string[];
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Every statement of the policies on one role. */
export const statementsOf = (template: Template, roleId: RegExp): Statement[] =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => roleId.test(Ref)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .map(({ Action, Resource }) => ({
      actions: listOf(Action).map(written),
      resources: listOf(Resource).map(written),
    }));

/** What a role may do, as sorted pairs of action and resource. */
export const rightsOf = (template: Template, roleId: RegExp): string[] =>
  statementsOf(template, roleId)
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((on) => `${action} on ${on}`)),
    )
    .sort();

/** The start of the logical ids that the CDK makes for a function: get-model is GetModel, and migrate is elsewhere. */
export const logicalIdOf = (name: FunctionName): string =>
  name === 'migrate'
    ? 'MigrationFunction'
    : name.replaceAll(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());

/** The Lambda function of a name: the id with the CDK's hash, so that no longer name is meant as well. */
export const functionIdOf = (template: Template, name: FunctionName): string =>
  idOf(template, 'AWS::Lambda::Function', new RegExp(`^${logicalIdOf(name)}[0-9A-F]{8}$`));

/** The alias through which callers reach a function. */
export const aliasIdOf = (template: Template, name: RequestFunctionName): string =>
  idOf(template, 'AWS::Lambda::Alias', new RegExp(`^${logicalIdOf(name)}Aliaslive[0-9A-F]{8}$`));

/** The one logical id that matches, of a type. */
export const idOf = (template: Template, type: string, pattern: RegExp): string => {
  const ids = Object.keys(template.findResources(type)).filter((id) => pattern.test(id));
  const [id] = ids;
  if (id === undefined || ids.length > 1) {
    throw new Error(`${ids.length} of ${type} match ${pattern}: ${ids.join(', ')}.`);
  }
  return id;
};

/** The custom resource that migrates, as against those before and behind it. */
export const migrationIdOf = (template: Template): string =>
  idOf(template, 'Custom::SchemaMigration', /^Migration[0-9A-F]{8}$/);

/** What a resource waits for by name; references of its properties come on top. */
export const waitsFor = (template: Template, type: string, id: string): string[] =>
  template.findResources(type)[id]?.['DependsOn'] ?? [];

/** For each resource those that it refers to or waits for, however indirectly. */
export const prerequisitesOf = (template: Template): Record<string, ReadonlySet<string>> => {
  const resources: Record<string, unknown> = template.toJSON()['Resources'];
  const direct = Object.entries(resources).map(
    ([id, resource]) => [id, referencesIn(resource).filter((name) => name in resources)] as const,
  );
  const reached = new Map(direct.map(([id, names]) => [id, new Set(names)]));
  // What is added to a set while it is walked is walked, too.
  for (const names of reached.values()) {
    for (const name of names) {
      for (const further of reached.get(name) ?? []) {
        names.add(further);
      }
    }
  }
  return Object.fromEntries(reached);
};

/** Ref, Fn::GetAtt, Fn::Sub and DependsOn. */
const referencesIn = (value: unknown): string[] => {
  if (Array.isArray(value)) {
    return value.flatMap(referencesIn);
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    switch (name) {
      case 'Ref':
        return [String(inner)];
      case 'Fn::GetAtt':
        return [String(listOf(inner)[0]).split('.', 1)[0] ?? ''];
      case 'Fn::Sub':
        return [...JSON.stringify(inner).matchAll(/\$\{([A-Za-z0-9]+)/g)].flatMap(([, id]) => id ?? []);
      case 'DependsOn':
        return listOf(inner).map(String);
      default:
        return referencesIn(inner);
    }
  });
};

const SomeAlarm = z.object({
  MetricName: z.string().optional(),
  Metrics: z
    .array(z.object({ MetricStat: z.object({ Metric: z.object({ MetricName: z.string() }) }).optional() }))
    .default([]),
});

/** The metrics that an alarm is computed from. */
export const metricNamesOf = (alarm: unknown): string[] => {
  const { MetricName, Metrics } = SomeAlarm.parse(alarm);
  return [MetricName, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric.MetricName)]
    .filter((name) => name !== undefined)
    .sort();
};

/** The whole template, without the hashes that change with every line of code. */
export const reviewable = (template: Template): string =>
  `${JSON.stringify(template.toJSON(), null, 2)
    .replaceAll(/[0-9a-f]{64}/g, '<hash>')
    .replaceAll(/(?<=CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '<hash>')}\n`;

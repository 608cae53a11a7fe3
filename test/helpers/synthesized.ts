// The stacks that the app makes of some context, as the CDK CLI would get them, with the CDK's own flags as in cdk.json.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { afterAll } from 'vitest';
import { compose } from '../../lib/app.ts';
import { account, cdkJsonContext, region } from './contexts.ts';

const assemblies = mkdtempSync(join(tmpdir(), 'assemblies-'));
afterAll(() => rmSync(assemblies, { recursive: true }));

/** An app composed but not synthesized yet. Throws as the app would. */
export const compositionOf = (context: Record<string, unknown>): App => {
  const app = new App({
    context: { ...cdkJsonContext, ...context },
    analyticsReporting: false,
    outdir: mkdtempSync(join(assemblies, 'cdk.out-')),
  });
  compose(app, { account, region });
  return app;
};

export interface Synthesized {
  stack: CloudFormationStackArtifact;
  template: Template;
  /** The folder of what is uploaded as one function's code. */
  codeFolderOf: (functionId: string) => string;
}

const synthesized = new Map<string, Record<string, Synthesized>>();

/** Stacks by name, synthesized once for each context. Throws as the app would, on a finding of cdk-nag too. */
export const synthesize = (context: Record<string, unknown>): Record<string, Synthesized> => {
  const key = JSON.stringify(context);
  const stacks = synthesized.get(key) ?? stacksOf(compositionOf(context));
  synthesized.set(key, stacks);
  return stacks;
};

const stacksOf = (app: App): Record<string, Synthesized> => {
  const { directory, stacks } = app.synth();
  return Object.fromEntries(
    stacks.map((stack) => {
      const template = Template.fromJSON(stack.template);
      const codeFolderOf = (functionId: string) => {
        const { Properties } = template.findResources('AWS::Lambda::Function')[functionId] ?? {};
        return join(directory, `asset.${String(Properties?.Code.S3Key).replace('.zip', '')}`);
      };
      return [stack.stackName, { stack, template, codeFolderOf }];
    }),
  );
};

/** One stack of an app. */
export const serviceStack = (context: Record<string, unknown>): Synthesized =>
  one(synthesize(context), 'workspace-model');

export const one = (stacks: Record<string, Synthesized>, name: string): Synthesized => {
  const stack = stacks[name];
  if (stack === undefined) {
    throw new Error(`No stack ${name} among ${Object.keys(stacks).join(', ')}.`);
  }
  return stack;
};

// The stacks that the app makes of some context, as the CDK CLI would get them, with the CDK's own flags as in cdk.json.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { inject } from 'vitest';
import { compose } from '../../lib/app.ts';
import type { Place } from '../../lib/place.ts';
import { account, cdkJsonContext, region } from './contexts.ts';

const assemblies = inject('assembliesDirectory');

/** An app composed but not synthesized yet. Throws as the app would. */
export const compositionOf = (
  context: Record<string, unknown>,
  credentials: Place = { account, region },
): App => {
  const app = new App({
    context: { ...cdkJsonContext, ...context },
    analyticsReporting: false,
    outdir: mkdtempSync(join(assemblies, 'cdk.out-')),
  });
  compose(app, credentials);
  return app;
};

export interface Synthesized {
  stack: CloudFormationStackArtifact;
  template: Template;
  /** The folder of what is uploaded as one function's code. */
  codeFolderOf: (functionId: string) => string;
}

/**
 * Stacks by name, synthesized once in a test run for each context. Throws as the app would, on a finding of cdk-nag too.
 */
export const synthesize = (
  context: Record<string, unknown>,
  credentials?: Place,
): Record<string, Synthesized> => {
  const directory = assemblyOf(context, credentials);
  return Object.fromEntries(
    new CloudAssembly(directory).stacks.map((stack) => {
      const template = Template.fromJSON(stack.template);
      const codeFolderOf = (functionId: string) => {
        const { Properties } = template.findResources('AWS::Lambda::Function')[functionId] ?? {};
        return join(directory, `asset.${String(Properties?.Code.S3Key).replace('.zip', '')}`);
      };
      return [stack.stackName, { stack, template, codeFolderOf }];
    }),
  );
};

/** The folder of a context's assembly. */
const assemblyOf = (context: Record<string, unknown>, credentials: Place | undefined): string => {
  const name = createHash('sha256')
    .update(JSON.stringify([context, credentials]))
    .digest('hex');
  const directory = join(assemblies, name);
  if (!existsSync(directory)) {
    const { directory: made } = compositionOf(context, credentials).synth();
    try {
      renameSync(made, directory);
    } catch (error) {
      // Another test file may have synthesized the same meanwhile.
      if (!existsSync(directory)) {
        throw error;
      }
    }
  }
  return directory;
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

// The stacks that the app makes of some context, as the CDK CLI would get them, with the CDK's own flags as in cdk.json.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { afterAll } from 'vitest';
import * as z from 'zod';
import { compose } from '../../lib/app.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

export const clusterArn = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:platform`;
export const databaseSecretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:platform-AbCdEf`;
export const encryptionKeySecretArn = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:platform-key-GhIjKl`;

/** The usual way: an existing cluster, with a key of its own. */
export const joined = { clusterArn, databaseSecretArn, databaseName: 'platform', encryptionKeySecretArn };

/** Tokens instead of IAM. */
export const tokens = { auth: 'jwt', jwtIssuer: 'https://tokens.example.com/', jwtAudience: 'canvas' };

export const cdkJsonContext = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))).context;

const assemblies = mkdtempSync(join(tmpdir(), 'assemblies-'));
afterAll(() => rmSync(assemblies, { recursive: true }));

/** An app composed but not synthesized yet. Throws as the app would. */
export const compositionOf = (context: Record<string, unknown>): App => {
  const app = new App({
    context: { ...cdkJsonContext, ...context },
    analyticsReporting: false,
    outdir: mkdtempSync(join(assemblies, 'cdk.out-')),
  });
  compose(app, { account: ACCOUNT, region: REGION });
  return app;
};

export interface Synthesized {
  stack: CloudFormationStackArtifact;
  template: Template;
  /** The folder of what is uploaded as one function's code. */
  codeFolderOf: (functionId: string) => string;
}

/** Stacks by name. Throws as the app would, on a finding of cdk-nag too. */
export const synthesize = (context: Record<string, unknown>): Record<string, Synthesized> => {
  const { directory, stacks } = compositionOf(context).synth();
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
  if (stack === undefined) throw new Error(`No stack ${name} among ${Object.keys(stacks).join(', ')}.`);
  return stack;
};

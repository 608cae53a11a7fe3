// The next deploy as its context describes it, in the files and by -c as `cdk deploy` takes it.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { type DatabaseChoice, type Deployment, readContext } from '../../lib/context.ts';
import { ContextError } from '../../lib/context-error.ts';
import { projectRoot } from '../../lib/project.ts';
import { UsageError } from '../command.ts';

const CDK_JSON = join(projectRoot, 'cdk.json');
const Context = z.record(z.string(), z.unknown());
const CdkJson = z.object({ context: Context.default({}) });

export type JoiningDeploy = Deployment & { database: Extract<DatabaseChoice, { kind: 'joined' }> };

/** @throws UsageError where the context cannot be read or deployed, or makes a cluster of its own */
export const readNextDeploy = (pairs: string[], file = CDK_JSON): JoiningDeploy => {
  const { database, ...deployment } = read({
    ...contextIn(file),
    ...Object.fromEntries(pairs.map(pairOf)),
  });
  if (database.kind === 'own') {
    throw new UsageError(
      'database=own makes a new cluster: there is nothing to look at beforehand. Once it is deployed, name it by --stack.',
    );
  }
  return { database, ...deployment };
};

/** In the CDK's own order: cdk.json goes before what the CLI has stored beside it, and that before a person's defaults. */
const contextIn = (file: string): Record<string, unknown> => {
  const [stored, defaults] = [join(dirname(file), 'cdk.context.json'), join(homedir(), '.cdk.json')];
  return {
    ...(existsSync(defaults) && parseFile(defaults, CdkJson).context),
    ...(existsSync(stored) && parseFile(stored, Context)),
    ...parseFile(file, CdkJson).context,
  };
};

const parseFile = <Shape extends z.ZodType>(file: string, shape: Shape): z.output<Shape> => {
  try {
    // The CDK passes over the mark that some editors put before the text.
    return shape.parse(JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UsageError(`${basename(file)} cannot be read: ${reason}`, { cause });
  }
};

const read = (context: Record<string, unknown>): Deployment => {
  const { AWS_REGION: region } = process.env;
  try {
    return readContext(context, { region: region || undefined });
  } catch (error) {
    throw error instanceof ContextError ? new UsageError(error.message, { cause: error }) : error;
  }
};

const pairOf = (text: string): [key: string, value: string] => {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new UsageError(`-c is "${text}". Write -c key=value.`);
  }
  return [key, value];
};

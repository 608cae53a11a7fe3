// `endpoints.json` of the state directory: where everything is, for other programs.
import * as z from 'zod';
import { functionNames } from '../../functions/contract.ts';
import type { FleetWorkspace } from '../fleet/read-fleet.ts';
import type { LocalStack } from '../stack.ts';

export const ENDPOINTS_FILE = 'endpoints.json';

export const Endpoints = z.object({
  api: z.string(),
  aws: z.string(),
  region: z.string(),
  clusterArn: z.string(),
  databaseSecretArn: z.string(),
  databaseName: z.string(),
  encryptionKeySecretArn: z.string(),
  databaseUrl: z.string(),
  /** The name of each, by the same name in camel case. */
  functions: z.record(z.string(), z.string()),
  workspaces: z.array(z.object({ id: z.string(), name: z.string(), runtime: z.string() })),
});

export type Endpoints = z.infer<typeof Endpoints>;

export const endpointsOf = (
  stack: LocalStack,
  databaseUrl: string,
  fleet: readonly FleetWorkspace[],
): Endpoints => ({
  api: stack.api,
  aws: stack.aws.url,
  region: stack.region,
  clusterArn: stack.clusterArn,
  databaseSecretArn: stack.databaseSecretArn,
  databaseName: stack.databaseName,
  encryptionKeySecretArn: stack.encryptionKeySecretArn,
  databaseUrl,
  functions: Object.fromEntries(functionNames().map((name) => [camelCase(name), name])),
  workspaces: fleet.map(({ id, name, runtime }) => ({ id, name, runtime })),
});

const camelCase = (name: string): string => name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());

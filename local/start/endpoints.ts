// The content of `.local/endpoints.json`: where everything is, for other programs.
import { functionNames } from '../../functions/contract.ts';
import type { FleetWorkspace } from '../fleet/read-fleet.ts';
import type { LocalStack } from '../stack.ts';

export const endpointsOf = (stack: LocalStack, databaseUrl: string, fleet: FleetWorkspace[]) => ({
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

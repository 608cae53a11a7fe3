// The events of the custom resources, as CloudFormation and the Provider framework send them to migrate.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { expectFailure, expectSuccess } from './claims.ts';
import type { TestStack } from './local-stack.ts';

const MAX_RESPONSE_BYTES = 4_096;

export const STACK_ID = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/workspace-model/first';
/** What CloudFormation makes up where a Create has not answered. */
export const INVENTED_ID = 'workspace-model-MigrationC13A4580-1ABC';

const Success = z.object({
  PhysicalResourceId: z.string(),
  Data: z.record(z.string(), z.string()).optional(),
});

export interface Sent {
  RequestId?: string;
  StackId?: string;
  PhysicalResourceId?: string;
  ResourceProperties?: Record<string, string>;
  OldResourceProperties?: Record<string, string>;
}

const common = ({ RequestId = randomUUID(), StackId = STACK_ID }: Sent) => ({
  RequestId,
  StackId,
  LogicalResourceId: 'SchemaMigration',
});

/** An event of the migration itself. */
export const event = (
  RequestType: 'Create' | 'Update' | 'Delete',
  TargetVersion: string,
  sent: Sent = {},
) => ({
  ...sent,
  ...common(sent),
  RequestType,
  ResourceProperties: {
    ServiceToken: 'token',
    TargetVersion,
    ExistingDatabase: 'true',
    ...sent.ResourceProperties,
  },
});

/** An event of the resource before the migration, or of the one behind everything. */
export const phaseEvent = (
  RequestType: 'Create' | 'Update' | 'Delete',
  Phase: 'begin' | 'settle',
  sent: Sent = {},
) => ({
  ...sent,
  ...common(sent),
  RequestType,
  ResourceProperties: { ServiceToken: 'token', Phase, ...sent.ResourceProperties },
});

/** The report of a deploy that goes well. */
export const succeed = async (release: TestStack, sent: object): Promise<Record<string, string>> => {
  const response = Success.parse(expectSuccess(await release.invoke('migrate', sent)));
  expect(response.PhysicalResourceId).toBe('workspace-model-schema');
  expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThan(MAX_RESPONSE_BYTES);
  return response.Data ?? {};
};

export const expectDeployRefused = async (
  release: TestStack,
  sent: object,
  name: string,
  message: RegExp,
): Promise<void> => {
  const invoked = await release.invoke('migrate', sent);
  expect(expectFailure(invoked, name)).toMatch(message);
  expect(Buffer.byteLength(JSON.stringify(invoked.result))).toBeLessThan(MAX_RESPONSE_BYTES);
};

// The stack that has a cluster of its own, as far as the emulator can make one.
import assert from 'node:assert/strict';
import type { Stage } from '../stage.ts';

export const createOwnCluster = async ({ checks, cdk }: Stage): Promise<void> => {
  await checks.that(
    'a cluster of its own is created, with its network',
    async () => {
      const { succeeded, printed, outputs } = await cdk.deploy(
        { database: 'own' },
        { stack: 'workspace-model-database' },
      );
      assert.ok(succeeded, printed);
      assert.match(outputs['DatabaseClusterArn'] ?? '', /^arn:aws:rds:us-east-1:\d{12}:cluster:/);
    },
    'no database runs in it, and RDS keeps no secret for it: the service is deployed on the joined one',
  );
};

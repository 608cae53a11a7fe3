// A first creation in which something fails after the migration.
import assert from 'node:assert/strict';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { region, rootCredentials } from '../emulator.ts';
import { expectDeployFails } from '../failing-deploy.ts';
import type { Stage } from '../stage.ts';

/** The stack makes it last of all, and cannot where there is one. */
const PARAMETER = '/workspace-model/provision-function-arn';

export const failCreation = async (stage: Stage): Promise<void> => {
  const { checks, platform, endpoint } = stage;
  const manager = new SSMClient({ endpoint, region, credentials: rootCredentials });
  await checks.that('a first creation that fails after the migration gives every row back', async () => {
    const before = await platform.contents();
    const calls = platform.stack.aws.calls.length;
    await manager.send(new PutParameterCommand({ Name: PARAMETER, Value: 'taken', Type: 'String' }));
    try {
      await expectDeployFails(stage, {}, /ParameterAlreadyExists/);
    } finally {
      await manager.send(new DeleteParameterCommand({ Name: PARAMETER }));
    }
    const statements = platform.stack.aws.calls.slice(calls).map(({ sql = '' }) => sql);
    assert.ok(
      statements.some((sql) => sql.includes('workspace_model_rename_journal')),
      'Nothing was renamed before the failure.',
    );
    assert.deepEqual(await platform.contents(), before);
  });
};

// The removal of the deployment, which leaves the data.
import assert from 'node:assert/strict';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { region, rootCredentials } from '../emulator.ts';
import type { Stage } from '../stage.ts';

/** All that the API's user has rights on. */
const TABLES =
  'workspaces, workspace_model_picks, workspace_model_picks_table, workspace_model_migrations, workspace_model_history';

/** All but the note of which stack migrates the database, which goes with the stack. */
const dataOf = async (platform: Stage['platform']) => {
  const { 'public.workspace_model_deployment': _, ...data } = await platform.contents();
  return data;
};

export const remove = async ({ checks, cdk, platform, context, endpoint }: Stage): Promise<void> => {
  const client = { endpoint, region, credentials: rootCredentials };

  await checks.that('cdk destroy removes every function and leaves all data in place', async () => {
    const before = await dataOf(platform);
    const { succeeded, printed } = await cdk.destroy(context);
    assert.ok(succeeded, printed);
    const { Functions } = await new LambdaClient(client).send(new ListFunctionsCommand({}));
    assert.deepEqual(Functions, []);
    assert.deepEqual(await dataOf(platform), before);
  });

  await checks.that(
    "the API's database user, who stays, can be removed as docs/roll-back.md says",
    async () => {
      for (const granted of [TABLES, 'SCHEMA public', 'DATABASE platform']) {
        await platform.rows(`REVOKE ALL ON ${granted} FROM workspace_model_api`);
      }
      await platform.rows('DROP ROLE workspace_model_api');
    },
  );

  await checks.that("the platform's secrets are still there", async () => {
    const manager = new SecretsManagerClient(client);
    for (const key of ['databaseSecretArn', 'encryptionKeySecretArn']) {
      await manager.send(new GetSecretValueCommand({ SecretId: context[key] }));
    }
  });
};

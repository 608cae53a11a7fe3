// What the deployed service cannot do, and what it does not tell.
import assert from 'node:assert/strict';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { MODEL_KEY } from '../../local/fleet/keys.ts';
import type { DeployedService } from '../deployed-service.ts';
import { region, rootCredentials } from '../emulator.ts';
import type { Stage } from '../stage.ts';

const userSecret = z.object({ username: z.string(), password: z.string() });

const metricsLine = z.object({
  service: z.string(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  _aws: z.object({
    CloudWatchMetrics: z.array(z.object({ Namespace: z.string(), Dimensions: z.array(z.array(z.string())) })),
  }),
});

export const confine = async ({ checks, platform }: Stage, service: DeployedService): Promise<void> => {
  const user = userSecret.parse(JSON.parse(await service.secret('ApiUserSecretArn')));

  await checks.that('the database user of the API can do nothing but what its statements do', async () => {
    const client = new RDSDataClient({
      endpoint: platform.stack.aws.url,
      region,
      credentials: rootCredentials,
    });
    const run = (sql: string) =>
      client.send(
        new ExecuteStatementCommand({
          resourceArn: service.outputs['ClusterArn'],
          secretArn: service.outputs['ApiUserSecretArn'],
          database: service.outputs['DatabaseName'],
          sql,
        }),
      );
    await run('SELECT id FROM workspaces');
    for (const sql of [
      'SELECT name FROM workspaces',
      'DELETE FROM workspaces',
      'CREATE TABLE mine ()',
      'SELECT * FROM schema_migrations',
      "UPDATE workspace_secrets SET key = 'OTHER'",
    ]) {
      await assert.rejects(run(sql), /permission denied/, sql);
    }
  });

  await checks.that('the password of that user stood in no statement and stands in no log', async () => {
    const statements = platform.stack.aws.calls.map(({ sql = '' }) => sql);
    assert.ok(
      statements.some((sql) => sql.includes(user.username)),
      'migrate never named the user.',
    );
    assert.ok(!statements.some((sql) => sql.includes(user.password)));
    assert.ok(!(await service.logs()).some((line) => line.includes(user.password)));
  });

  await checks.that('no pick stands in any log', async () => {
    const picks = (await platform.fleet())
      .flatMap(({ picks }) => picks[MODEL_KEY] ?? [])
      .filter((pick) => pick.includes('/'));
    const lines = await service.logs();
    assert.deepEqual(
      picks.filter((pick) => lines.some((line) => line.includes(pick))),
      [],
    );
  });

  await checks.that(
    'the functions write the metrics that the alarms read',
    async () => {
      const lines = (await service.logs()).flatMap((line) => parsed(line) ?? []);
      assert.deepEqual(
        new Set(lines.map((line) => line.service)),
        new Set(['get-model', 'set-model', 'provision', 'migrate']),
      );
      for (const { _aws } of lines) {
        assert.partialDeepStrictEqual(_aws.CloudWatchMetrics, [
          { Namespace: 'WorkspaceModel', Dimensions: [['service']] },
        ]);
      }
    },
    'CloudWatch makes metrics of these lines; the emulator only keeps them',
  );
};

const parsed = (line: string) => {
  try {
    return metricsLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};

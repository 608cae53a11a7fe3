// What the deployed service has no right to do, and what its logs do not show.
import assert from 'node:assert/strict';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { functionNames } from '../../functions/contract.ts';
import { MODEL_KEY } from '../../local/fleet/keys.ts';
import { demoWorkspaces, NEW_PICK } from '../demo.ts';
import type { DeployedService } from '../deployed-service.ts';
import { region, rootCredentials } from '../emulator.ts';
import type { Stage } from '../stage.ts';

const FORBIDDEN = [
  'SELECT status FROM workspaces',
  'DELETE FROM workspace_model_history',
  'DELETE FROM workspaces',
  'SELECT * FROM schema_migrations',
  "UPDATE workspace_secrets SET key = 'OTHER'",
  'CREATE TABLE mine ()',
];

const userSecret = z.object({ username: z.string(), password: z.string() });

const metricsLine = z.object({
  service: z.string(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  _aws: z.object({ CloudWatchMetrics: z.array(z.unknown()) }),
});

export const confine = async (stage: Stage, service: DeployedService): Promise<void> => {
  await confineUser(stage, service);
  await keepSecrets(stage, service);
  await auditFleet(stage, service);
  await writeMetrics(stage, service);
};

const confineUser = async ({ checks, platform }: Stage, { outputs }: DeployedService): Promise<void> => {
  const client = new RDSDataClient({
    endpoint: platform.stack.aws.url,
    region,
    credentials: rootCredentials,
  });
  const target = {
    resourceArn: outputs['ClusterArn'],
    secretArn: outputs['ApiUserSecretArn'],
    database: outputs['DatabaseName'],
  };
  const run = (sql: string) => client.send(new ExecuteStatementCommand({ ...target, sql }));

  await checks.that('the database user of the API can do nothing but what its statements do', async () => {
    await run('SELECT id FROM workspaces');
    for (const sql of FORBIDDEN) {
      await assert.rejects(run(sql), /permission denied/, sql);
    }
  });
};

const keepSecrets = async ({ checks, platform }: Stage, service: DeployedService): Promise<void> => {
  const { username, password } = userSecret.parse(JSON.parse(await service.secret('ApiUserSecretArn')));
  const { picked } = await demoWorkspaces(platform);
  const logged = (await service.logs()).join('\n');

  await checks.that("that user's password stood in no statement and stands in no log", async () => {
    const statements = platform.stack.aws.calls.map(({ sql = '' }) => sql).join('\n');
    assert.ok(statements.includes(username), 'migrate never named the user.');
    assert.ok(!statements.includes(password) && !logged.includes(password));
  });

  await checks.that('no pick stands in any log', async () => {
    assert.ok(logged.includes(picked.id), 'The logs of the calls are not there.');
    for (const pick of [NEW_PICK, picked.picks[MODEL_KEY] ?? '']) {
      assert.ok(!logged.includes(pick), pick);
    }
  });
};

const auditFleet = ({ checks, platform }: Stage, service: DeployedService) =>
  checks.that('the daily audit counts the picks that cannot work', async () => {
    const stored = (await platform.fleet()).filter(({ picks }) => MODEL_KEY in picks);
    const { poisoned } = await demoWorkspaces(platform);
    const { failed, result } = await service.audit();
    assert.equal(failed, false);
    assert.partialDeepStrictEqual(result, { Picks: stored.length, PROVIDER_SLUG: 1, UNREADABLE: 0 });
    assert.equal(poisoned.picks[MODEL_KEY], 'minimax');
  });

const writeMetrics = ({ checks }: Stage, service: DeployedService) =>
  checks.that(
    'every function writes the metrics that the alarms read',
    async () => {
      const lines = (await service.logs()).flatMap(readMetrics);
      const services = new Set(lines.map((line) => line.service));
      assert.deepEqual(services, new Set(functionNames()));
      for (const { _aws } of lines) {
        assert.partialDeepStrictEqual(_aws.CloudWatchMetrics, [
          { Namespace: 'workspace-model', Dimensions: [['service']] },
        ]);
      }
    },
    'the emulator only keeps these lines; CloudWatch makes metrics of them',
  );

const readMetrics = (line: string): z.infer<typeof metricsLine>[] => {
  try {
    const { data } = metricsLine.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
};

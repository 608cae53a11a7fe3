// What the local endpoint takes for a statement, against pg asking PostgreSQL for the same.
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { databaseFor } from '../../functions/database/attempts.ts';
import { executeWith } from '../../functions/database/client.ts';
import { FIND_MODEL, findModel } from '../../functions/database/workspace-model.ts';
import { REGION } from '../../local/aws/account.ts';
import { withClient } from '../../local/support/database.ts';
import type { Bench, Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { compare, spreadOf } from '../statistics.ts';

const ROUNDS = { warmUp: 2, rounds: 15 };

export const endpoint: Measurement = {
  name: 'endpoint',
  measure: ({ stack, progress }) =>
    withClient(stack.databaseUrl, async (client) => {
      const text = FIND_MODEL.replaceAll(':workspace_id', '$1');
      const ask = { endpoint: askEndpoint(stack), pg: (id: string) => client.query(text, [id]) };
      const times = await inRounds(
        ['endpoint', 'pg'],
        ROUNDS,
        async (name) => {
          const startedAt = performance.now();
          for (const id of stack.workspaceIds) {
            await ask[name](id);
          }
          return (performance.now() - startedAt) / stack.workspaceIds.length;
        },
        progress,
      );
      const pg = { name: 'the statement by pg', figure: spreadOf(times('pg')) };
      return [compare('a statement by the local endpoint', 'ms', spreadOf(times('endpoint')), pg)];
    }),
};

const askEndpoint = ({ awsUrl, clusterArn, databaseSecretArn, databaseName }: Bench['stack']) => {
  const rdsData = new RDSDataClient({
    endpoint: awsUrl,
    region: REGION,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const execute = executeWith(rdsData, { clusterArn, secretArn: databaseSecretArn, name: databaseName });
  const database = databaseFor(execute, { timeLeft: () => Number.POSITIVE_INFINITY });
  return (id: string) => findModel(database, id);
};

// The two AWS clients and get-model's own statement, sent once, with nothing around it.
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const rdsData = new RDSDataClient();
/** Set up and not used: an engineer writes both at the top of the file. */
export const secretsManager = new SecretsManagerClient();

export const handler = async ({ pathParameters }: APIGatewayProxyEventV2) => {
  const { records } = await rdsData.send(
    new ExecuteStatementCommand({
      resourceArn: process.env['DATABASE_CLUSTER_ARN'],
      secretArn: process.env['DATABASE_SECRET_ARN'],
      database: process.env['DATABASE_NAME'],
      sql: process.env['BENCH_STATEMENT'],
      parameters: [
        { name: 'workspace_id', value: { stringValue: pathParameters?.['id'] ?? '' }, typeHint: 'UUID' },
      ],
    }),
  );
  return { statusCode: 200, body: JSON.stringify({ rows: records?.length }) };
};

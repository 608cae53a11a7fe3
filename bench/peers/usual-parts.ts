// get-model by the usual parts: Powertools' logger, metrics and parser with zod, middy and its error handler.
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { APIGatewayProxyEventV2Schema } from '@aws-lambda-powertools/parser/schemas';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import { z } from 'zod';
import { answer, decrypt, encryptionKey } from './pick.ts';

const logger = new Logger({ serviceName: 'get-model' });
const metrics = new Metrics({ namespace: 'workspace-model', serviceName: 'get-model' });
const rdsData = new RDSDataClient();
const secretsManager = new SecretsManagerClient();

const Event = APIGatewayProxyEventV2Schema.extend({ pathParameters: z.object({ id: z.uuid() }) });

const getModel = async ({ pathParameters }: z.infer<typeof Event>) => {
  const [{ records = [] }, key] = await Promise.all([
    rdsData.send(
      new ExecuteStatementCommand({
        resourceArn: process.env['DATABASE_CLUSTER_ARN'],
        secretArn: process.env['DATABASE_SECRET_ARN'],
        database: process.env['DATABASE_NAME'],
        sql: process.env['BENCH_STATEMENT'],
        parameters: [{ name: 'workspace_id', value: { stringValue: pathParameters.id }, typeHint: 'UUID' }],
      }),
    ),
    encryptionKey(secretsManager),
  ]);
  metrics.addMetric('DataApiCalls', MetricUnit.Count, 1);
  logger.info('get-model ok', { workspace_id: pathParameters.id });
  const [, , , value, version] = records[0] ?? [];
  if (value?.blobValue === undefined) {
    return answer('');
  }
  return answer(
    version?.longValue === 0 ? Buffer.from(value.blobValue).toString() : decrypt(key, value.blobValue),
  );
};

export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics, { captureColdStartMetric: true }))
  .use(parser({ schema: Event }))
  .use(httpErrorHandler())
  .handler(getModel);

// Events as API Gateway's HTTP API and the control plane send them.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ACCOUNT_ID, REGION } from '../../local/aws/account.ts';

const DOMAIN = `bench.execute-api.${REGION}.amazonaws.com`;

/** GET /workspaces/{id}/model, whole: the usual parts check every field of it. */
export const getModelEvent = (workspaceId: string): APIGatewayProxyEventV2 => {
  const path = `/workspaces/${workspaceId}/model`;
  return {
    version: '2.0',
    routeKey: 'GET /workspaces/{id}/model',
    rawPath: path,
    rawQueryString: '',
    headers: { accept: '*/*', host: DOMAIN, 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' },
    pathParameters: { id: workspaceId },
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: 'bench',
      domainName: DOMAIN,
      domainPrefix: 'bench',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
      requestId: 'bench',
      routeKey: 'GET /workspaces/{id}/model',
      stage: '$default',
      time: '19/May/2026:00:00:00 +0000',
      timeEpoch: 1_779_148_800_000,
    },
    isBase64Encoded: false,
  };
};

/** PUT /workspaces/{id}/model with a pick, or with an empty one, which clears. */
export const setModelEvent = (workspaceId: string, model: string): APIGatewayProxyEventV2 => ({
  ...getModelEvent(workspaceId),
  routeKey: 'PUT /workspaces/{id}/model',
  body: JSON.stringify({ model }),
});

export const provisionEvent = (workspaceId: string, model?: string) => ({
  workspace_id: workspaceId,
  runtime: 'langgraph',
  ...(model !== undefined && { model }),
});

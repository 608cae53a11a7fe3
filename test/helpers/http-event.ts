// A request as API Gateway hands it to a function, for code that is called in the test's own process.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const routeKey = 'PUT /workspaces/{id}/model';

export const httpEvent = (fields: Partial<APIGatewayProxyEventV2>): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey,
  rawPath: '/',
  rawQueryString: '',
  headers: {},
  requestContext: {
    accountId: 'anonymous',
    apiId: 'test',
    domainName: 'test',
    domainPrefix: 'test',
    http: { method: 'PUT', path: '/', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: 'request',
    routeKey,
    stage: '$default',
    time: '2026-11-25T06:00:00Z',
    timeEpoch: 0,
  },
  isBase64Encoded: false,
  ...fields,
});

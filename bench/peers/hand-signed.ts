// The floor: what get-model asks of AWS, the row and the key, in two requests that are signed by hand, without an SDK.
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

interface Call {
  service: 'rds-data' | 'secretsmanager';
  endpoint: string | undefined;
  path: string;
  headers: Record<string, string>;
  body: object;
}

const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
const agent = new Agent({ keepAlive: true });

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Signature Version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const signed = (host: string, { service, path, headers, body }: Call, text = JSON.stringify(body)) => {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const all: Record<string, string> = { ...headers, host, 'x-amz-date': time };
  const names = Object.keys(all).sort();
  const lines = names.map((name) => `${name}:${all[name]}\n`).join('');
  const canonical = ['POST', path, '', lines, names.join(';'), hash(text)].join('\n');
  const scope = [time.slice(0, 8), AWS_REGION, service, 'aws4_request'];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(canonical)].join('\n'));
  const authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`;
  return { headers: { ...all, authorization }, text };
};

const call = (what: Call): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(what.endpoint ?? '');
    const { headers, text } = signed(host, what);
    request({ agent, hostname, port, path: what.path, method: 'POST', headers }, (response) => {
      json(response).then(resolve, reject);
    })
      .on('error', reject)
      .end(text);
  });

export const handler = async ({ pathParameters }: APIGatewayProxyEventV2) => {
  const [result] = await Promise.all([
    call({
      service: 'rds-data',
      endpoint: process.env['AWS_ENDPOINT_URL_RDS_DATA'],
      path: '/Execute',
      headers: { 'content-type': 'application/json' },
      body: {
        resourceArn: process.env['DATABASE_CLUSTER_ARN'],
        secretArn: process.env['DATABASE_SECRET_ARN'],
        database: process.env['DATABASE_NAME'],
        sql: process.env['BENCH_STATEMENT'],
        parameters: [
          { name: 'workspace_id', value: { stringValue: pathParameters?.['id'] ?? '' }, typeHint: 'UUID' },
        ],
      },
    }),
    call({
      service: 'secretsmanager',
      endpoint: process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'],
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.GetSecretValue',
      },
      body: { SecretId: process.env['ENCRYPTION_KEY_SECRET_ARN'] },
    }),
  ]);
  const { records } = Object(result);
  return { statusCode: 200, body: JSON.stringify({ rows: records?.length }) };
};

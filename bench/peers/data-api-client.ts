// Our get-model, with data-api-client in place of our database room.
import dataApiClient from 'data-api-client';
import { answer } from '../../functions/invocation/answer.ts';
import { httpFunction } from '../../functions/invocation/http.ts';
import { workspaceIdOf } from '../../functions/invocation/request.ts';
import { EncryptionKey } from '../../functions/secrets/encryption-key.ts';

const { DATABASE_CLUSTER_ARN = '', DATABASE_SECRET_ARN = '', DATABASE_NAME = '' } = process.env;
const { BENCH_STATEMENT = '', AWS_ENDPOINT_URL_RDS_DATA = '', ENCRYPTION_KEY_SECRET_ARN = '' } = process.env;

const dataApi = dataApiClient({
  engine: 'pg',
  resourceArn: DATABASE_CLUSTER_ARN,
  secretArn: DATABASE_SECRET_ARN,
  database: DATABASE_NAME,
  // It is built on the SDK's version 2, which does not know the variable.
  options: { endpoint: AWS_ENDPOINT_URL_RDS_DATA },
});
const key = new EncryptionKey(ENCRYPTION_KEY_SECRET_ARN);

export const handler = httpFunction('get-model', async (event, { invocation }) => {
  const workspaceId = workspaceIdOf(event);
  invocation.workspaceId = workspaceId;
  invocation.dataApiCalls += 1;
  const found = dataApi.query({
    sql: BENCH_STATEMENT,
    parameters: [{ name: 'workspace_id', value: workspaceId, cast: 'uuid' }],
  });
  key.prefetch();
  const [row] = (await found).records;
  if (!row?.encrypted_value) {
    return answer(200, { model: '', source: 'default' });
  }
  const model = await key.open({
    encryptedValue: row.encrypted_value,
    encryptionVersion: row.encryption_version,
  });
  return answer(200, { model, source: 'workspace_secrets' });
});

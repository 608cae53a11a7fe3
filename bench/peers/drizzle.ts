// Our get-model, with drizzle-orm's aws-data-api driver in place of our database room.
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/aws-data-api/pg';
import { customType, integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { answer } from '../../functions/invocation/answer.ts';
import { httpFunction } from '../../functions/invocation/http.ts';
import { workspaceIdOf } from '../../functions/invocation/request.ts';
import { EncryptionKey } from '../../functions/secrets/encryption-key.ts';

const { DATABASE_CLUSTER_ARN = '', DATABASE_SECRET_ARN = '', DATABASE_NAME = '' } = process.env;
const { ENCRYPTION_KEY_SECRET_ARN = '' } = process.env;

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const workspaces = pgTable('workspaces', { id: uuid('id').primaryKey() });
// The view through which the API's user reaches picks.
const picks = pgTable('workspace_model_picks', {
  workspaceId: uuid('workspace_id'),
  encryptedValue: bytea('encrypted_value').notNull(),
  encryptionVersion: integer('encryption_version').notNull(),
});

const db = drizzle(new RDSDataClient(), {
  resourceArn: DATABASE_CLUSTER_ARN,
  secretArn: DATABASE_SECRET_ARN,
  database: DATABASE_NAME,
});
const key = new EncryptionKey(ENCRYPTION_KEY_SECRET_ARN);

export const handler = httpFunction('get-model', async (event, { invocation }) => {
  const workspaceId = workspaceIdOf(event);
  invocation.workspaceId = workspaceId;
  invocation.dataApiCalls += 1;
  const found = db
    .select({
      id: workspaces.id,
      encryptedValue: picks.encryptedValue,
      encryptionVersion: picks.encryptionVersion,
    })
    .from(workspaces)
    .leftJoin(picks, eq(picks.workspaceId, workspaces.id))
    .where(eq(workspaces.id, workspaceId))
    // A query of drizzle's starts when it is awaited.
    .execute();
  key.prefetch();
  const [row] = await found;
  if (!row?.encryptedValue) {
    return answer(200, { model: '', source: 'default' });
  }
  const model = await key.open({
    encryptedValue: row.encryptedValue,
    encryptionVersion: row.encryptionVersion ?? 1,
  });
  return answer(200, { model, source: 'workspace_secrets' });
});

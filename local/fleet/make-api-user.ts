// The API's database user where no deploy makes it: for a benchmark or a test that sets its tables up itself.
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { executeWith } from '../../functions/database/client.ts';
import { setUpApiUser } from '../../functions/migration/api-user.ts';
import type { LocalStack } from '../stack.ts';
import type { Login } from '../support/database.ts';

/** Makes the user and grants its rights with migrate's own statements. The tables must be there. */
export const makeApiUser = async (stack: LocalStack, user: Login): Promise<void> => {
  const client = new RDSDataClient({
    endpoint: stack.aws.url,
    region: stack.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const target = { clusterArn: stack.clusterArn, name: stack.databaseName };
  await setUpApiUser(
    executeWith(client, { ...target, secretArn: stack.databaseSecretArn }),
    executeWith(client, { ...target, secretArn: stack.apiUserSecretArn }),
    user,
  );
  client.destroy();
};

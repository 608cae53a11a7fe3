// The newest version of the database and the API's user, where no deploy makes them: for a benchmark or a test that sets
// its tables up itself.
import { randomUUID } from 'node:crypto';
import { setUpApiUser } from '../../functions/migration/api-user.ts';
import { readMigrationFiles } from '../../functions/migration/migration-files.ts';
import { run } from '../../functions/migration/run.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import type { LocalStack } from '../stack.ts';

/** Does with migrate's own code what it does in a deploy. The platform's tables may be there. */
export const migrateDatabase = async (stack: LocalStack): Promise<void> => {
  const execute = stack.executeAsOwner;
  const migrations = readMigrationFiles(MIGRATIONS_DIRECTORY);
  const newest = migrations.at(-1)?.version ?? '';
  await run({ execute, token: randomUUID(), migrations, stopReason: () => undefined }, newest);
  const executeAsUser = stack.executeAs(stack.apiUserSecretArn);
  await setUpApiUser({ execute, executeAsUser, credentials: stack.apiUser, target: newest });
};

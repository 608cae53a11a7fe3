// The local stack as a process of its own, so that what it does is not counted as the measured function's doing.
// It ends when the process that started it does.
import { functionNames, recordOf } from '../../functions/contract.ts';
import { migrateDatabase } from '../../local/fleet/migrate-database.ts';
import { startLocalStack } from '../../local/stack.ts';
import { type StackFacts, stackCommand, stackSettings } from './messages.ts';

const { migrated, ...settings } = stackSettings.parse(JSON.parse(process.argv[2] ?? ''));
const { username, password } = new URL(settings.databaseUrl);
const stack = await startLocalStack({
  ...settings,
  // The owner is the API's user where there is none yet.
  ...(!migrated && { apiUser: { username, password } }),
  hasConsole: true,
});
if (migrated) {
  await migrateDatabase(stack);
}

let dataApiCalls = 0;
stack.aws.onCall = ({ service }) => {
  dataApiCalls += Number(service === 'rds-data');
  return undefined;
};

const { clusterArn, databaseSecretArn, databaseName, encryptionKeySecretArn } = stack;
const facts: StackFacts = {
  kind: 'started',
  awsUrl: stack.aws.url,
  apiUrl: stack.api,
  clusterArn,
  databaseSecretArn,
  databaseName,
  encryptionKeySecretArn,
  variables: recordOf(functionNames(), stack.variablesOf),
};
process.on('message', (message) => {
  stackCommand.parse(message);
  process.send?.({ kind: 'counted', dataApiCalls });
});
process.on('disconnect', () => process.exit());
process.send?.(facts);

// Starts everything in order, tells what happened, and ends everything in the opposite order when asked to.
import { appendFileSync } from 'node:fs';
import { createDemoFleet } from '../fleet/create-demo-fleet.ts';
import { readFleet } from '../fleet/read-fleet.ts';
import { removePostgres } from '../postgres/remove-postgres.ts';
import { type LocalStack, startLocalStack } from '../stack.ts';
import { Ending } from './ending.ts';
import { endpointsOf } from './endpoints.ts';
import { nextCommands } from './next-commands.ts';
import { claimDirectory, releaseDirectory } from './only-one.ts';
import { openDatabase, tablesExist, withDatabase } from './open-database.ts';
import type { Settings } from './settings.ts';
import { showRename } from './show-rename.ts';
import { StartError } from './start-error.ts';
import { State } from './state.ts';

export const runStack = async (settings: Settings): Promise<void> => {
  const ending = new Ending();
  try {
    await start(settings, ending);
  } catch (error) {
    await ending.run();
    throw error;
  }
};

const start = async (settings: Settings, ending: Ending): Promise<void> => {
  const state = new State(settings.directory);
  await claimDirectory(state);
  ending.add(async () => releaseDirectory(state));
  if (settings.fresh) {
    await removePostgres(settings.directory);
    state.clear();
  }
  state.remove('endpoints.json');

  const key = state.encryptionKey(settings.encryptionKey);
  const database = await openDatabase(settings);
  ending.add(() => database.close());
  const stack = await startOnPorts(settings, database.url, key, state);
  ending.add(() => stack.close());

  const fleet = await withDatabase(database.url, async (client) => {
    if (!settings.empty && !(await tablesExist(client))) {
      await createDemoFleet(client, key);
    }
    await showRename({ client, key, stack, state, allowedModelIds: settings.allowedModelIds });
    return readFleet(client, key);
  });
  console.log(['', 'Try next:', ...nextCommands(stack.api, stack.aws.url, fleet), ''].join('\n'));
  state.write('endpoints.json', JSON.stringify(endpointsOf(stack, database.url, fleet), undefined, 2));
  ending.add(async () => state.remove('endpoints.json'));
  console.log(`ready: API ${stack.api}, AWS endpoint ${stack.aws.url}, state in ${state.directory}`);
};

const startOnPorts = async (
  { apiPort, awsPort, allowedModelIds, secretsEndpoint }: Settings,
  databaseUrl: string,
  encryptionKey: string,
  state: State,
): Promise<LocalStack> => {
  const onLog = (text: string) => appendFileSync(state.path('functions.log'), text, { mode: 0o600 });
  try {
    return await startLocalStack({
      apiPort,
      awsPort,
      allowedModelIds,
      secretsEndpoint,
      databaseUrl,
      encryptionKey,
      onLog,
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error)) {
      throw error;
    }
    const name = error.port === apiPort ? 'API_PORT' : 'AWS_PORT';
    throw new StartError(
      `Port ${error.port} is taken. Set ${name} to another one, or to 0 for any free one.`,
    );
  }
};

// Starts everything in order, prints what happened, and ends everything in the opposite order when asked to.
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { createDemoFleet } from '../fleet/create-demo-fleet.ts';
import { type FleetWorkspace, readFleet } from '../fleet/read-fleet.ts';
import { removePostgres } from '../postgres/remove-postgres.ts';
import { type LocalStack, startLocalStack } from '../stack.ts';
import { Endings } from '../support/endings.ts';
import { portRefusal } from '../support/listen.ts';
import { asStartError, StartError } from '../support/start-error.ts';
import { keepCatalogue, rulesOf } from './catalogue.ts';
import { endWhenAsked } from './end-when-asked.ts';
import { ENDPOINTS_FILE, endpointsOf } from './endpoints.ts';
import { functionsLog } from './functions-log.ts';
import { mendingCommands, nextCommands, unopenedPicks } from './next-commands.ts';
import { claimDirectory, releaseDirectory } from './only-one.ts';
import { openDatabase, tablesExist, withDatabase } from './open-database.ts';
import type { Settings } from './settings.ts';
import { showRename } from './show-rename.ts';
import { FUNCTIONS_LOG, State } from './state.ts';

export const runStack = async (settings: Settings): Promise<void> => {
  const endings = new Endings();
  endWhenAsked(endings);
  try {
    await start(settings, endings);
  } catch (error) {
    // Where Ctrl-C has begun it, this start fails because of that: the process ends here, and nothing is reported.
    await endings.run();
    throw asStartError(error);
  }
};

const start = async (settings: Settings, endings: Endings): Promise<void> => {
  const state = new State(settings.directory);
  await claimDirectory(state);
  endings.add(async () => releaseDirectory(state));
  if (settings.fresh) {
    await removePostgres(settings.directory);
    state.clear();
  }
  state.remove(ENDPOINTS_FILE);

  const key = state.encryptionKey(settings.encryptionKey);
  const database = await openDatabase(settings);
  endings.add(() => database.close());
  const stack = await startOnPorts(settings, database.url, {
    encryptionKey: key,
    state,
    catalogue: keepCatalogue(settings, state),
  });
  endings.add(() => stack.close());

  const rules = rulesOf(settings);
  const fleet = await withDatabase(database.url, async (client) => {
    if (!settings.empty && !(await tablesExist(client))) {
      await createDemoFleet(client, key);
    }
    await showRename({ client, key, stack, state, rules });
    return readFleet(client, key);
  });
  showNext(stack, fleet, rules, state.otherKey(key));
  state.write(ENDPOINTS_FILE, JSON.stringify(endpointsOf(stack, database.url, fleet), undefined, 2));
  endings.add(async () => state.remove(ENDPOINTS_FILE));
  console.log(
    `ready: console and API ${stack.api}, AWS endpoint ${stack.aws.url}, state in ${state.directory}`,
  );
};

const showNext = (
  { api, aws }: LocalStack,
  fleet: FleetWorkspace[],
  rules: ModelRules,
  otherKey: string | undefined,
): void => {
  console.log(['', 'Try next:', ...nextCommands(api, aws.url, fleet), ''].join('\n'));
  for (const advice of [mendingCommands(api, fleet, rules), unopenedPicks(fleet, otherKey)]) {
    if (advice.length > 0) {
      console.log([...advice, ''].join('\n'));
    }
  }
};

interface Kept {
  encryptionKey: string;
  state: State;
  catalogue: ReturnType<typeof keepCatalogue>;
}

const startOnPorts = async (
  { apiPort, awsPort, allowedModelIds, requireModel, requireModelExempt }: Settings,
  databaseUrl: string,
  { encryptionKey, state, catalogue }: Kept,
): Promise<LocalStack> => {
  try {
    return await startLocalStack({
      apiPort,
      awsPort,
      allowedModelIds,
      ...catalogue,
      requireModel,
      requireModelExempt,
      databaseUrl,
      encryptionKey,
      hasConsole: true,
      onLog: functionsLog(state.path(FUNCTIONS_LOG)),
    });
  } catch (error) {
    const refusal = portRefusal(error);
    if (refusal === undefined) {
      throw error;
    }
    const { port, words } = refusal;
    const name = port === apiPort ? 'API_PORT' : 'AWS_PORT';
    throw new StartError(`Port ${port} ${words}. Set ${name} to another one, or to 0 for any free one.`);
  }
};

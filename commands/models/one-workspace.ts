// get, set, clear and history: one workspace.
import { ApiError, type ModelClient, type Problem } from '../../client/client.ts';
import { visible } from '../../local/support/visible.ts';
import { UsageError } from '../command.ts';
import { mayBeWritten } from '../out-of-reach.ts';
import { type Format, printJson, printRows } from './format.ts';

export const get = async (client: ModelClient, format: Format, workspaceId: string): Promise<void> => {
  const pick = await client.get(workspaceId);
  if (format === 'json') {
    printJson(pick);
    return;
  }
  console.log(
    pick.model === '' ? 'Nothing is picked: the runtime uses its own default.' : visible(pick.model),
  );
  printProblem(pick.problem);
};

export const set = async (
  client: ModelClient,
  format: Format,
  workspaceId: string,
  model: string,
): Promise<void> => {
  if (model.trim() === '') {
    throw new UsageError('The model is empty. To clear the pick: npm run models -- clear <workspace>.');
  }
  const saved = await client.set(workspaceId, model).catch((error) => {
    if (error instanceof ApiError && error.suggestions.length > 0) {
      console.error(`Perhaps: ${error.suggestions.join(', ')}.`);
    }
    return unwritten(error);
  });
  if (format === 'json') {
    printJson(saved);
    return;
  }
  console.log(`Saved: ${saved.model}. A running machine keeps its model until it is provisioned again.`);
  printProblem(saved.warning);
};

export const clear = async (client: ModelClient, format: Format, workspaceId: string): Promise<void> => {
  await client.clear(workspaceId).catch(unwritten);
  if (format === 'json') {
    printJson({ status: 'cleared' });
  } else {
    console.log('Cleared: nothing is picked any more.');
  }
};

/** Says it before the reason, which the command ends with. */
const unwritten = (error: unknown): never => {
  if (mayBeWritten(error)) {
    console.error('It may have been done all the same: read the pick again. What went wrong:');
  }
  throw error;
};

export const history = async (client: ModelClient, format: Format, workspaceId: string): Promise<void> => {
  const entries = await client.history(workspaceId);
  if (format === 'text' && entries.length === 0) {
    console.log('No change went through this service yet.');
    return;
  }
  printRows(format, entries, {
    head: ['at', 'action', 'model', 'actor'],
    cellsOf: ({ at, action, model = '', actor }) => [at, action, model, actor],
  });
};

export const printProblem = (problem: Problem | undefined): void => {
  if (problem !== undefined) {
    console.log(visible(`${problem.code}: ${problem.reason}${suggestionsOf(problem)}`));
  }
};

export const suggestionsOf = ({ suggestions }: Problem): string =>
  suggestions.length === 0 ? '' : ` Perhaps: ${suggestions.join(', ')}.`;

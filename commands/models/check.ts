// check: whether a model may be picked, by the rules of ids and the deployment's catalogue. Nothing is saved.
import type { ModelClient } from '../../client/client.ts';
import { pickOf } from '../../functions/model/model-id.ts';
import { visible } from '../../local/support/visible.ts';
import { UsageError } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Format, printJson } from './format.ts';
import { printProblem } from './one-workspace.ts';
import { judge, readRules, UNLESS_ALLOWED } from './rules.ts';

export const check = async (
  client: ModelClient,
  format: Format,
  given: string,
  runtime: string | undefined,
): Promise<void> => {
  const model = pickOf(given);
  if (model === '') {
    throw new UsageError('The model is empty. Name the one to check: npm run models -- check <model>.');
  }
  const { problem, isRefused, mayBeAllowed } = judge(await readRules(client), model, runtime);
  if (problem !== undefined) {
    process.exitCode = EXIT_CODES.found;
  }
  if (format === 'json') {
    printJson({ model, runtime, accepted: !isRefused, mayBeAllowed, problem });
    return;
  }
  const refused = `would be refused${mayBeAllowed ? `, ${UNLESS_ALLOWED}` : ''}`;
  console.log(`${visible(model)} ${isRefused ? refused : 'would be saved'}.`);
  printProblem(problem);
};

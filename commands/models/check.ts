// check: whether a model may be picked, by the rules of ids and the deployment's catalogue. Nothing is saved.
import * as z from 'zod';
import type { ModelClient } from '../../client/client.ts';
import { compactCatalogue } from '../../functions/model/catalogue.ts';
import { pickOf } from '../../functions/model/model-id.ts';
import { ModelRules } from '../../functions/model/model-rules.ts';
import { UsageError } from '../command.ts';
import { FOUND_EXIT_CODE } from './audit.ts';
import { type Format, printJson } from './format.ts';
import { printProblem } from './one-workspace.ts';

const Mode = z.enum(['off', 'warn', 'enforce']);
const Status = z.enum(['offered', 'withdrawn', 'retired']);

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
  const { mode, items } = await client.models();
  const rules = new ModelRules({
    // The API does not list the slugs that the deployment allows as ids; GET and PUT know them.
    allowed: new Set(),
    mode: Mode.parse(mode),
    catalogue: compactCatalogue(items.map((item) => ({ ...item, status: Status.parse(item.status) }))),
  });
  const found = rules.problemOf(model, runtime);
  const problem = found && { ...found, suggestions: [...(found.suggestions ?? [])] };
  const isRefused = found !== undefined && rules.refusesToSave(found);
  if (problem !== undefined) {
    process.exitCode = FOUND_EXIT_CODE;
  }
  if (format === 'json') {
    printJson({ model, runtime, accepted: !isRefused, problem });
    return;
  }
  console.log(isRefused ? `${model} would be refused.` : `${model} would be saved.`);
  printProblem(problem);
};

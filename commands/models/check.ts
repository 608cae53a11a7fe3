// check: whether a model may be picked, by the rules of ids and the deployment's catalogue. Without a runtime,
// it is judged for each that the catalogue names. Nothing is saved.
import type { ModelClient } from '../../client/client.ts';
import { type Problem, pickOf } from '../../functions/model/model-id.ts';
import type { ModelRules } from '../../functions/model/model-rules.ts';
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
  const rules = await readRules(client);
  const { problem, isRefused, mayBeAllowed } = judge(rules, model, runtime);
  const elsewhere = runtime === undefined ? standingsElsewhere(rules, model, problem?.code) : [];
  if (problem !== undefined || elsewhere.length > 0) {
    process.exitCode = EXIT_CODES.found;
  }
  if (format === 'json') {
    printJson({ model, runtime, accepted: !isRefused, mayBeAllowed, problem, elsewhere });
    return;
  }
  const refused = `would be refused${mayBeAllowed ? `, ${UNLESS_ALLOWED}` : ''}`;
  const where = elsewhere.length > 0 ? ' for a workspace without a runtime' : '';
  console.log(`${visible(model)} ${isRefused ? refused : 'would be saved'}${where}.`);
  printProblem(problem);
  for (const { runtimes, accepted, code } of elsewhere) {
    const verdict = accepted ? 'saved' : 'refused';
    console.log(`For ${runtimes.join(', ')} it would be ${verdict}${code === undefined ? '' : `: ${code}`}.`);
  }
  if (elsewhere.length > 0) {
    console.log('Ask with --runtime for the reason.');
  }
};

interface StandingElsewhere {
  runtimes: string[];
  accepted: boolean;
  /** Undefined where the model has no problem there. */
  code: Problem['code'] | undefined;
}

/** What is said of the model for runtimes of the catalogue, where that is not what is said without one. */
const standingsElsewhere = (
  rules: ModelRules,
  model: string,
  codeWithout: string | undefined,
): StandingElsewhere[] => {
  const named = rules.modelsFor(undefined).flatMap(({ runtimes = [] }) => runtimes);
  const judged = [...new Set(named)]
    .sort()
    .map((runtime) => ({ runtime, code: rules.codeOf(model, runtime) }));
  const unlike = judged.filter(({ code }) => code !== codeWithout);
  return [...Map.groupBy(unlike, ({ code }) => code)].map(([code, same]) => ({
    runtimes: same.map(({ runtime }) => runtime),
    accepted: code === undefined || !rules.refusesToSave({ code }),
    code,
  }));
};

// replace: one model by another, wherever it is picked.
import { unchanged } from '../../client/client.ts';
import { pickOf } from '../../functions/model/model-id.ts';
import type { ModelRules } from '../../functions/model/model-rules.ts';
import { UsageError } from '../command.ts';
import type { Found } from './changes.ts';
import { type MendOptions, mend } from './mend.ts';
import type { RepeatingClient } from './repeating-client.ts';
import { judge, readRules, UNLESS_ALLOWED } from './rules.ts';

export interface Replacement {
  from: string;
  to: string;
}

export const replace = async (
  client: RepeatingClient,
  replacement: Replacement,
  options: MendOptions,
): Promise<void> => {
  const [from, to] = [pickOf(replacement.from), pickOf(replacement.to)];
  if (from === to) {
    throw new UsageError('--from and --to are the same.');
  }
  const rules = await readRules(client);
  const { problem } = judge(rules, to, undefined);
  if (problem?.code === 'MALFORMED_MODEL_ID') {
    throw new UsageError(`--to cannot be a model. ${problem.reason}`);
  }
  return mend(client, find(client, rules, { from, to }), options);
};

async function* find(
  client: RepeatingClient,
  rules: ModelRules,
  { from, to }: Replacement,
): AsyncGenerator<Found> {
  // By the runtime: suggestions take their time.
  const refusals = new Map<string | undefined, string | undefined>();
  for await (const { workspaceId, name, runtime, etag } of client.listAll({ model: from })) {
    if (!refusals.has(runtime)) {
      refusals.set(runtime, refusalOf(rules, to, runtime));
    }
    const refusal = refusals.get(runtime);
    yield { workspaceId, name, from, to, condition: unchanged(etag), refusal };
  }
}

/** Undefined where nothing is known against it. */
const refusalOf = (rules: ModelRules, to: string, runtime: string | undefined): string | undefined => {
  const { problem, isRefused, mayBeAllowed } = judge(rules, to, runtime);
  if (problem === undefined || !isRefused) {
    return undefined;
  }
  return `${mayBeAllowed ? `(${UNLESS_ALLOWED}) ` : ''}${problem.reason}`;
};

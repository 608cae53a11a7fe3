// Whether the API would refuse a model, by the rules of ids and the deployment's catalogue.
import * as z from 'zod';
import type { ModelClient, Problem } from '../../client/client.ts';
import { catalogueModes, compactCatalogue, modelStatuses } from '../../functions/model/catalogue.ts';
import { ModelRules } from '../../functions/model/model-rules.ts';
import { suggest } from '../../functions/model/suggestions.ts';

const Mode = z.enum(catalogueModes);
const Status = z.enum(modelStatuses);

export interface Judgement {
  problem: Problem | undefined;
  isRefused: boolean;
  /** The API lists no slugs that the deployment allows as ids; GET and PUT know them. */
  mayBeAllowed: boolean;
}

export const UNLESS_ALLOWED = 'unless the deployment allows it (allowedModelIds)';

export const readRules = async (client: ModelClient): Promise<ModelRules> => {
  const { mode, items } = await client.models();
  return new ModelRules({
    allowed: new Set(),
    mode: Mode.parse(mode),
    catalogue: compactCatalogue(items.map((item) => ({ ...item, status: Status.parse(item.status) }))),
    suggest,
  });
};

export const judge = (rules: ModelRules, model: string, runtime: string | undefined): Judgement => {
  const found = rules.problemOf(model, runtime);
  return {
    problem: found && { ...found, suggestions: [...(found.suggestions ?? [])] },
    isRefused: found !== undefined && rules.refusesToSave(found),
    mayBeAllowed: found?.code === 'PROVIDER_SLUG' || found?.code === 'RUNTIME_NAME',
  };
};

// Catalogues: the platform's own, and ones made at random.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as z from 'zod';
import {
  type CatalogueMode,
  type CatalogueModel,
  compactCatalogue,
  modelStatuses,
} from '../../functions/model/catalogue.ts';
import { ModelRules } from '../../functions/model/model-rules.ts';
import { suggest } from '../../functions/model/suggestions.ts';
import { modelIds } from './model-ids.ts';

const file = z.object({ models: z.array(z.object({ id: z.string(), runtimes: z.array(z.string()) })) });

/** The platform's catalogue as it is. */
export const platformModels: CatalogueModel[] = file.parse(
  JSON.parse(readFileSync(new URL('../data/catalogue.json', import.meta.url), 'utf8')),
).models;

export const rulesOf = (
  models: readonly CatalogueModel[],
  mode: CatalogueMode = 'enforce',
  allowed: readonly string[] = [],
): ModelRules =>
  new ModelRules({ allowed: new Set(allowed), mode, catalogue: compactCatalogue(models), suggest });

const runtime = fc.constantFrom('claude-code', 'codex', 'hermes', 'openclaw');

/** One that a workspace may have, the catalogue's or not. */
export const runtimes = fc.option(fc.oneof(runtime, fc.constantFrom('langgraph', '')), { nil: undefined });

/** Short ids that are often alike, so that entries, slugs and what is sent meet. */
const near = fc
  .tuple(
    fc.constantFrom('', 'minimax/', 'openai:', 'a'),
    fc.constantFrom('kimi', 'minimax', 'gpt-5', 'GPT.5', 'opus'),
  )
  .map(([prefix, name]) => prefix + name);
export const ids = fc.oneof(near, modelIds);

const model = fc.record(
  {
    id: fc.oneof(
      ids,
      near.map((id) => `${id}*`),
    ),
    runtimes: fc.uniqueArray(runtime, { minLength: 1, maxLength: 3 }),
    status: fc.constantFrom(...modelStatuses),
    replacement: ids,
  },
  { requiredKeys: ['id'] },
);

/** Entries of which no two are about the same id, as the check at synth demands it. */
export const catalogues: fc.Arbitrary<CatalogueModel[]> = fc.uniqueArray(model, {
  selector: ({ id }) => id,
  maxLength: 12,
});

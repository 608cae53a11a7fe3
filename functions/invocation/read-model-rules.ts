// The rules that a function judges models by, as its variables and the catalogue beside its code say.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readVariables, variableNames } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { type Catalogue, type CatalogueMode, catalogueModes, compactCatalogue } from '../model/catalogue.ts';
import { parseAllowedModelIds } from '../model/model-id.ts';
import { ModelRules, type Suggest } from '../model/model-rules.ts';

export const readModelRules = (suggest?: Suggest): ModelRules => {
  const { allowedModelIds, catalogueMode, catalogueFile } = readVariables(variableNames.modelRules);
  return new ModelRules({
    allowed: parseAllowedModelIds(allowedModelIds),
    mode: modeIn(catalogueMode),
    catalogue: readCatalogue(catalogueFile),
    suggest,
  });
};

/** The catalogue in its compact form, checked before it was put there; without a file an empty one. */
const readCatalogue = (file: string): Catalogue =>
  file === ''
    ? compactCatalogue([])
    : JSON.parse(readFileSync(resolve(process.env['LAMBDA_TASK_ROOT'] ?? '.', file), 'utf8'));

const modeIn = (text: string): CatalogueMode => {
  const mode = catalogueModes.find((each) => each === text);
  if (mode === undefined) {
    throw new ServiceError(`CATALOGUE_MODE must be one of ${catalogueModes.join(', ')}.`);
  }
  return mode;
};

// A catalogue as large as a platform with every provider's ids has it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogueModel, compactCatalogue } from '../functions/model/catalogue.ts';
import { MODEL } from './service/fleet.ts';

export const CATALOGUE_IDS = 5_000;
const RUNTIMES = [undefined, ['langgraph'], ['claude-code', 'langgraph'], ['codex']];

/** @returns the path of the file */
export const writeCatalogue = (directory: string): string => {
  const models = Array.from(
    { length: CATALOGUE_IDS - 1 },
    (_, index): CatalogueModel => ({
      id: `provider-${index % 40}/model-${index}-large`,
      runtimes: RUNTIMES[index % RUNTIMES.length],
    }),
  );
  const file = join(directory, 'catalogue.json');
  writeFileSync(file, JSON.stringify(compactCatalogue([...models, { id: MODEL }])));
  return file;
};

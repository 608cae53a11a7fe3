// The catalogue that the local functions judge models by, in the compact form that a deployment would put beside them.
import { fileURLToPath } from 'node:url';
import { type Catalogue, compactCatalogue } from '../../functions/model/catalogue.ts';
import { parseAllowedModelIds } from '../../functions/model/model-id.ts';
import { ModelRules } from '../../functions/model/model-rules.ts';
import { readCatalogueFile } from '../../lib/catalogue-file.ts';
import type { FunctionSettings } from '../functions/service-functions.ts';
import type { Settings } from './settings.ts';
import { CATALOGUE_FILE, type State } from './state.ts';

const DEMO_CATALOGUE = fileURLToPath(new URL('../fleet/catalogue.json', import.meta.url));

/** As the local functions judge picks. */
export const rulesOf = (settings: Settings): ModelRules => {
  const catalogue = catalogueOf(settings);
  return new ModelRules({
    allowed: parseAllowedModelIds(settings.allowedModelIds),
    mode: catalogue === undefined ? 'off' : settings.catalogueMode,
    catalogue: catalogue ?? compactCatalogue([]),
  });
};

export const keepCatalogue = (settings: Settings, state: State): Partial<FunctionSettings> => {
  const catalogue = catalogueOf(settings);
  if (catalogue === undefined) {
    return {};
  }
  state.write(CATALOGUE_FILE, JSON.stringify(catalogue));
  return { catalogueMode: settings.catalogueMode, catalogueFile: state.path(CATALOGUE_FILE) };
};

/** The one that is named, or else the demo fleet's. A database that somebody brings has none of its own. */
const catalogueOf = ({ catalogue, catalogueMode, empty, databaseUrl }: Settings): Catalogue | undefined => {
  if (catalogueMode === 'off') {
    return undefined;
  }
  const isDemo = !empty && databaseUrl === undefined;
  return catalogue ?? (isDemo ? readCatalogueFile(DEMO_CATALOGUE) : undefined);
};

// The platform's catalogue: which model ids are offered for which runtimes. Its file is checked at synth; here it is trusted.

export const modelStatuses = ['offered', 'withdrawn', 'retired'] as const;

export type ModelStatus = (typeof modelStatuses)[number];

/** `off` where there is no catalogue, `warn` where it only advises, `enforce` where it decides. */
export const catalogueModes = ['off', 'warn', 'enforce'] as const;

export type CatalogueMode = (typeof catalogueModes)[number];

/** One entry of a catalogue's file. */
export interface CatalogueModel {
  /** A model id, or the beginning of ids followed by `*`, which stands for every id that begins so. */
  id: string;
  /** The runtimes that the entry is about; without them every one. */
  runtimes?: readonly string[] | undefined;
  /** `offered` unless said otherwise. */
  status?: ModelStatus | undefined;
  /** The id to pick instead. */
  replacement?: string | undefined;
}

/** Entries that differ in their id alone. */
interface Group {
  /** Each between two spaces, in one string: parsing 5,000 separate ones took 4 ms of a cold start, this takes 0.3 ms. */
  ids: string;
  /** The ids that end in `*`, without it. */
  beginnings: readonly string[];
  runtimes?: readonly string[] | undefined;
  status: ModelStatus;
  replacement?: string | undefined;
}

/** A catalogue in the form that the functions load. */
export interface Catalogue {
  groups: readonly Group[];
}

/** What the catalogue says of a model for a runtime. */
export interface Standing {
  status: ModelStatus | 'unlisted';
  replacement?: string | undefined;
}

export const compactCatalogue = (models: readonly CatalogueModel[]): Catalogue => {
  const alike = Map.groupBy(models, ({ runtimes, status, replacement }) =>
    JSON.stringify([runtimes?.toSorted(), status ?? 'offered', replacement]),
  );
  return {
    groups: [...alike.values()].flatMap((models) =>
      models.slice(0, 1).map((first) => groupOf(models, first)),
    ),
  };
};

/**
 * What the catalogue says of a model id, or nothing where it does not judge. An id's own entry counts for more than one
 * with `*`, and of those the longest. A runtime that no entry names, and for which no entry without runtimes offers
 * anything, is judged by the model's own entry alone.
 * @param runtime undefined for a workspace without one, and for any that the catalogue does not name
 */
export const standingOf = (
  catalogue: Catalogue,
  model: string,
  runtime: string | undefined,
): Standing | undefined => {
  const group = entryOf(catalogue, model, runtime) ?? beginningOf(catalogue, model, runtime);
  if (group !== undefined) {
    return group;
  }
  return isJudged(catalogue, runtime) ? { status: 'unlisted' } : undefined;
};

/** Whether an entry for exactly this model and runtime says that it works: a withdrawn one does where it is picked. */
export const isKnownToWork = (catalogue: Catalogue, model: string, runtime: string | undefined): boolean => {
  const status = entryOf(catalogue, model, runtime)?.status;
  return status === 'offered' || status === 'withdrawn';
};

/** Whether a model that is not in the catalogue is refused for this runtime. */
export const isJudged = ({ groups }: Catalogue, runtime: string | undefined): boolean =>
  groups.some(({ runtimes, status }) =>
    runtimes === undefined ? status === 'offered' : runtimes.includes(runtime ?? ''),
  );

/** Whether anything may be picked for a runtime that the catalogue judges. */
export const isAnythingOffered = ({ groups }: Catalogue, runtime: string | undefined): boolean =>
  groups.some((group) => group.status === 'offered' && isAbout(group, runtime));

/** Every runtime that an entry names. */
export const runtimesIn = ({ groups }: Catalogue): string[] => [
  ...new Set(groups.flatMap(({ runtimes }) => runtimes ?? [])),
];

/** The ids that may be picked for a runtime; what a `*` stands for is not among them. */
export const offeredIds = ({ groups }: Catalogue, runtime: string | undefined): string[] =>
  groups
    .filter((group) => group.status === 'offered' && isAbout(group, runtime))
    .flatMap(({ ids }) => idsIn(ids));

/** The entries about a runtime, or all of them, in the order of their ids. */
export const modelsIn = ({ groups }: Catalogue, runtime: string | undefined): CatalogueModel[] =>
  groups
    .filter((group) => runtime === undefined || isAbout(group, runtime))
    .flatMap(({ ids, beginnings, runtimes, status, replacement }) =>
      [...idsIn(ids), ...beginnings.map((beginning) => `${beginning}*`)].map((id) => ({
        id,
        ...(runtimes && { runtimes }),
        status,
        ...(replacement !== undefined && { replacement }),
      })),
    )
    .sort((one, other) => (one.id < other.id ? -1 : 1));

const groupOf = (models: readonly CatalogueModel[], first: CatalogueModel): Group => {
  const ids = models.map(({ id }) => id);
  return {
    ids: ` ${ids.filter((id) => !id.endsWith('*')).join(' ')} `,
    beginnings: ids.filter((id) => id.endsWith('*')).map((id) => id.slice(0, -1)),
    runtimes: first.runtimes,
    status: first.status ?? 'offered',
    replacement: first.replacement,
  };
};

const idsIn = (ids: string): string[] => ids.split(' ').filter((id) => id !== '');

const isAbout = ({ runtimes }: Group, runtime: string | undefined): boolean =>
  runtimes === undefined || runtimes.includes(runtime ?? '');

const entryOf = ({ groups }: Catalogue, model: string, runtime: string | undefined): Group | undefined =>
  groups.find((group) => isAbout(group, runtime) && group.ids.includes(` ${model} `));

const beginningOf = (
  { groups }: Catalogue,
  model: string,
  runtime: string | undefined,
): Group | undefined => {
  let longest = -1;
  let found: Group | undefined;
  for (const group of groups.filter((each) => isAbout(each, runtime))) {
    for (const beginning of group.beginnings) {
      if (beginning.length > longest && model.startsWith(beginning)) {
        longest = beginning.length;
        found = group;
      }
    }
  }
  return found;
};

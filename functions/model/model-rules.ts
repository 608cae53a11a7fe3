// What is wrong with a model for a runtime, by the rules of ids and the deployment's catalogue, and what follows from it.
import {
  type Catalogue,
  type CatalogueMode,
  type CatalogueModel,
  isAnythingOffered,
  isKnownToWork,
  modelsIn,
  offeredIds,
  runtimesIn,
  type Standing,
  standingOf,
} from './catalogue.ts';
import { type Problem, refuseModelId } from './model-id.ts';

/** The runtimes named, or with `allBut` every one but those. A workspace without a runtime has the name ''. */
export interface RuntimeSet {
  allBut: boolean;
  names: readonly string[];
}

export const NO_RUNTIMES: RuntimeSet = { allBut: false, names: [] };

const MAX_SUGGESTIONS = 3;

export interface ModelRulesOptions {
  /** Ids that are accepted although a provider or runtime has the name, see `parseAllowedModelIds`. */
  allowed: ReadonlySet<string>;
  mode: CatalogueMode;
  catalogue: Catalogue;
  /** Finds the ids that resemble what was sent. Left out by migrate, which suggests nothing and has the largest bundle. */
  suggest?: Suggest | undefined;
}

/** Those of `ids` that may have been meant by `sent`, best first. */
export type Suggest = (sent: string, ids: readonly string[]) => string[];

export class ModelRules {
  readonly mode: CatalogueMode;
  readonly #allowed: ReadonlySet<string>;
  readonly #catalogue: Catalogue;
  readonly #suggest: Suggest;

  constructor({ allowed, mode, catalogue, suggest = () => [] }: ModelRulesOptions) {
    this.mode = mode;
    this.#allowed = allowed;
    this.#catalogue = catalogue;
    this.#suggest = suggest;
  }

  /** What the catalogue says of models for a runtime, or for all; nothing where there is no catalogue. */
  modelsFor(runtime: string | undefined): CatalogueModel[] {
    return modelsIn(this.#catalogue, runtime);
  }

  /**
   * What is wrong with a model for a runtime, if anything. `suggestions` are ids that have no problem themselves; without
   * a catalogue there are none to choose from, and the field is left out.
   * @param runtime the workspace's; undefined where it has none
   */
  problemOf(model: string, runtime: string | undefined): Problem | undefined {
    const problem = this.#find(model, runtime);
    if (problem === undefined || this.mode === 'off') {
      return problem;
    }
    const replacement = problem.suggestions ?? [];
    const alike = this.#suggest(model, offeredIds(this.#catalogue, runtime));
    const suggestions = [...new Set([...replacement, ...alike])].slice(0, MAX_SUGGESTIONS);
    return { ...problem, suggestions };
  }

  /** What is wrong, if anything; without suggestions, which take longer to find. */
  codeOf(model: string, runtime: string | undefined): Problem['code'] | undefined {
    return this.#find(model, runtime)?.code;
  }

  /** Whether a stored pick must not reach a machine; without suggestions, which take longer to find. */
  isUnusable(model: string, runtime: string | undefined): boolean {
    const problem = this.#find(model, runtime);
    return problem !== undefined && this.refusesToProvision(problem);
  }

  /** Whether a pick with this problem must not be saved; if not, the problem is a warning. */
  refusesToSave({ code }: Pick<Problem, 'code'>): boolean {
    return this.mode === 'enforce' || (code !== 'MODEL_NOT_OFFERED' && code !== 'MODEL_RETIRED');
  }

  /** Whether a stored pick with this problem must not reach a machine: one that is merely not offered goes on working. */
  refusesToProvision(problem: Pick<Problem, 'code'>): boolean {
    return problem.code !== 'MODEL_NOT_OFFERED' && this.refusesToSave(problem);
  }

  /**
   * Says why `model` is no model id, or nothing where it is one. An entry of its own in the catalogue settles that a
   * provider's slug or a runtime's name is one, too, unless the entry retires it.
   */
  refuseId(model: string, runtime: string | undefined): Problem | undefined {
    const refusal = refuseModelId(model, this.#allowed);
    const isSettled =
      refusal?.code !== 'MALFORMED_MODEL_ID' && isKnownToWork(this.#catalogue, model, runtime);
    return isSettled ? undefined : refusal;
  }

  /** The runtimes for which a model must not be saved, so that a statement that finds the runtime can judge it. */
  runtimesRefusing(model: string): RuntimeSet {
    const refuses = (runtime: string | undefined) => {
      const problem = this.#find(model, runtime);
      return problem !== undefined && this.refusesToSave(problem);
    };
    const allBut = refuses(undefined);
    return { allBut, names: runtimesIn(this.#catalogue).filter((runtime) => refuses(runtime) !== allBut) };
  }

  /** Suggests the replacement at most: `runtimesRefusing` asks for every runtime, and finding more takes time. */
  #find(model: string, runtime: string | undefined): Problem | undefined {
    const { status, replacement } = standingOf(this.#catalogue, model, runtime) ?? {};
    const problem = this.refuseId(model, runtime) ?? this.#judge(status, runtime);
    if (problem === undefined || !this.#isOffered(replacement, runtime)) {
      return problem;
    }
    const reason = `${problem.reason} Pick ${replacement} instead.`;
    return { ...problem, reason, suggestions: [replacement] };
  }

  /** By the catalogue alone. */
  #judge(status: Standing['status'] | undefined, runtime: string | undefined): Problem | undefined {
    if (status === undefined || status === 'offered') {
      return undefined;
    }
    const isAnyOffered = isAnythingOffered(this.#catalogue, runtime);
    return {
      code: status === 'retired' ? 'MODEL_RETIRED' : 'MODEL_NOT_OFFERED',
      reason: reasonOf(status, runtime, isAnyOffered),
    };
  }

  #isOffered(id: string | undefined, runtime: string | undefined): id is string {
    return (
      id !== undefined &&
      this.refuseId(id, runtime) === undefined &&
      standingOf(this.#catalogue, id, runtime)?.status === 'offered'
    );
  }
}

const reasonOf = (
  status: Exclude<Standing['status'], 'offered'>,
  runtime: string | undefined,
  isAnyOffered: boolean,
): string => {
  const where =
    runtime === undefined ? 'a workspace without a runtime' : `the runtime ${JSON.stringify(runtime)}`;
  if (status === 'unlisted') {
    const next = isAnyOffered
      ? "Send one that the platform's catalogue offers for it."
      : "The platform's catalogue offers none for it: report that to the operator of this service.";
    return `This model is not offered for ${where}. ${next}`;
  }
  if (status === 'retired') {
    return `This model is retired for ${where} and no longer works.`;
  }
  return `This model is withdrawn for ${where}: it works where it is picked already, and cannot be picked anew.`;
};

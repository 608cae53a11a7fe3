import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatalogueModel, catalogueModes } from '../../../../functions/model/catalogue.ts';
import type { RuntimeSet } from '../../../../functions/model/model-rules.ts';
import { catalogues, ids, platformModels, rulesOf, runtimes } from '../../../helpers/catalogues.ts';

const codeOf = (models: readonly CatalogueModel[], model: string, runtime?: string) =>
  rulesOf(models).problemOf(model, runtime)?.code;

const includes = ({ allBut, names }: RuntimeSet, runtime: string | undefined) =>
  names.includes(runtime ?? '') !== allBut;

describe('ModelRules', () => {
  it('accepts a model for the runtimes that it is offered for, and for no other that the catalogue names', () => {
    expect(codeOf(platformModels, 'gpt-5.4', 'codex')).toBeUndefined();
    expect(codeOf(platformModels, 'gpt-5.4', 'claude-code')).toBe('MODEL_NOT_OFFERED');
    expect(codeOf(platformModels, 'sonnt', 'claude-code')).toBe('MODEL_NOT_OFFERED');
  });

  it('judges no model for a runtime that the catalogue does not name, nor for a workspace without one', () => {
    expect(codeOf(platformModels, 'gpt-5.4', 'langgraph')).toBeUndefined();
    expect(codeOf(platformModels, 'gpt-5.4', undefined)).toBeUndefined();
  });

  it('accepts every model that begins as an entry with "*" says', () => {
    expect(codeOf(platformModels, 'openrouter/anything/at:all', 'hermes')).toBeUndefined();
    expect(codeOf(platformModels, 'openrouter/anything', 'codex')).toBe('MODEL_NOT_OFFERED');
    expect(codeOf(platformModels, 'openrouter', 'hermes')).toBe('PROVIDER_SLUG');
  });

  it('judges every runtime where an entry without runtimes offers a model', () => {
    const models = [{ id: 'a/b' }, { id: 'gpt-5.4', runtimes: ['codex'] }];
    for (const runtime of ['codex', 'langgraph', undefined]) {
      expect(codeOf(models, 'a/b', runtime)).toBeUndefined();
      expect(codeOf(models, 'c/d', runtime)).toBe('MODEL_NOT_OFFERED');
    }
    expect(codeOf(models, 'gpt-5.4', 'langgraph')).toBe('MODEL_NOT_OFFERED');
  });

  it('judges nothing but the model itself where an entry without runtimes retires it', () => {
    const models: CatalogueModel[] = [
      { id: 'old', status: 'retired' },
      { id: 'new', runtimes: ['codex'] },
    ];
    expect(codeOf(models, 'old', 'langgraph')).toBe('MODEL_RETIRED');
    expect(codeOf(models, 'other', 'langgraph')).toBeUndefined();
  });

  it('offers nothing for a runtime of which the catalogue says no more than that a model is retired or withdrawn', () => {
    for (const status of ['retired', 'withdrawn'] as const) {
      const models: CatalogueModel[] = [{ id: 'old', runtimes: ['codex'], status }];
      expect(codeOf(models, 'other', 'codex')).toBe('MODEL_NOT_OFFERED');
      expect(codeOf(models, 'other', 'langgraph')).toBeUndefined();
    }
  });

  it('judges a model by its own entry rather than by one with "*", and by the longest of those', () => {
    const models: CatalogueModel[] = [
      { id: 'gpt-*' },
      { id: 'gpt-4*', status: 'withdrawn' },
      { id: 'gpt-4o', status: 'retired' },
    ];
    expect(codeOf(models, 'gpt-5', 'codex')).toBeUndefined();
    expect(codeOf(models, 'gpt-4.1', 'codex')).toBe('MODEL_NOT_OFFERED');
    expect(codeOf(models, 'gpt-4o', 'codex')).toBe('MODEL_RETIRED');
  });

  it('names the replacement in the reason, and first among the suggestions', () => {
    const models: CatalogueModel[] = [
      { id: 'claude-3', status: 'retired', replacement: 'opus' },
      { id: 'opus', runtimes: ['claude-code'] },
      { id: 'claude-3.5' },
    ];
    const problem = rulesOf(models).problemOf('claude-3', 'claude-code');
    expect(problem?.reason).toContain('Pick opus instead.');
    expect(problem?.suggestions).toEqual(['opus', 'claude-3.5']);
    expect(rulesOf(models).problemOf('claude-3', 'codex')?.suggestions).toEqual(['claude-3.5']);
  });

  it('says for which runtime, or for none, a model is not offered, withdrawn or retired', () => {
    const reasonOf = (model: string, runtime?: string) =>
      rulesOf(standings).problemOf(model, runtime)?.reason;
    const standings: CatalogueModel[] = [
      { id: 'opus' },
      { id: 'away', status: 'withdrawn' },
      { id: 'old', status: 'retired', replacement: 'away' },
    ];
    expect(reasonOf('sonnt', 'codex')).toBe(
      'This model is not offered for the runtime "codex". Send one that the platform\'s catalogue offers for it.',
    );
    expect(reasonOf('sonnt')).toContain('not offered for a workspace without a runtime.');
    expect(reasonOf('away', 'codex')).toBe(
      'This model is withdrawn for the runtime "codex": it works where it is picked already, and cannot be picked anew.',
    );
    expect(reasonOf('old')).toBe(
      'This model is retired for a workspace without a runtime and no longer works.',
    );
  });

  it('tells code and use of a pick as its problem has them', () => {
    fc.assert(
      fc.property(
        catalogues,
        fc.constantFrom('warn', 'enforce'),
        ids,
        runtimes,
        (models, mode, model, runtime) => {
          const rules = rulesOf(models, mode);
          const problem = rules.problemOf(model, runtime);
          expect(rules.codeOf(model, runtime)).toBe(problem?.code);
          expect(rules.isUnusable(model, runtime)).toBe(
            problem !== undefined && rules.refusesToProvision(problem),
          );
        },
      ),
    );
  });

  it('lists the models of its catalogue for a runtime', () => {
    const rules = rulesOf([{ id: 'opus' }, { id: 'gpt-5', runtimes: ['codex'] }]);
    expect(rules.modelsFor('hermes').map(({ id }) => id)).toEqual(['opus']);
    expect(rules.modelsFor(undefined).map(({ id }) => id)).toEqual(['gpt-5', 'opus']);
  });

  it('suggests no replacement that is itself a name of a provider, or offered for other runtimes alone', () => {
    const replaced = (replacement: string, runtimes?: string[]): CatalogueModel[] => [
      { id: 'old', status: 'retired', replacement },
      { id: `${replacement}*`, ...(runtimes && { runtimes }) },
    ];
    expect(rulesOf(replaced('minimax')).problemOf('old', 'codex')?.suggestions).toEqual([]);
    expect(rulesOf(replaced('newest', ['hermes'])).problemOf('old', 'codex')?.suggestions).toEqual([]);
    expect(rulesOf(replaced('newest')).problemOf('old', 'codex')?.suggestions).toEqual(['newest']);
  });

  it('settles no malformed id, although the catalogue has it', () => {
    expect(codeOf([{ id: 'gpt 5' }], 'gpt 5', 'codex')).toBe('MALFORMED_MODEL_ID');
  });

  it('accepts a slug or a runtime name for the runtimes for which the catalogue has an entry of its own', () => {
    const models = [{ id: 'kimi', runtimes: ['claude-code'] }, { id: 'minimax*' }];
    expect(codeOf(models, 'kimi', 'claude-code')).toBeUndefined();
    expect(codeOf(models, 'kimi', 'codex')).toBe('RUNTIME_NAME');
    expect(codeOf(models, 'minimax', 'claude-code')).toBe('PROVIDER_SLUG');
    expect(rulesOf(models, 'warn').runtimesRefusing('kimi')).toEqual({
      allBut: true,
      names: ['claude-code'],
    });
  });

  it('goes on refusing a slug that the catalogue retires, and suggests its replacement first', () => {
    const models: CatalogueModel[] = [
      { id: 'minimax', status: 'retired', replacement: 'opus' },
      { id: 'opus' },
      { id: 'minimax/MiniMax-M3' },
    ];
    for (const mode of ['warn', 'enforce'] as const) {
      const rules = rulesOf(models, mode);
      const problem = rules.problemOf('minimax', 'codex');
      expect(problem).toMatchObject({ code: 'PROVIDER_SLUG', suggestions: ['opus', 'minimax/MiniMax-M3'] });
      expect(problem?.reason).toMatch(/^This is the name of a model provider.* Pick opus instead\.$/);
      expect(problem && rules.refusesToSave(problem)).toBe(true);
      expect(rules.isUnusable('minimax', 'codex')).toBe(true);
    }
  });

  it('lets a slug that was offered once, and is withdrawn, go on working where it is picked', () => {
    const rules = rulesOf([{ id: 'kimi', status: 'withdrawn' }]);
    const problem = rules.problemOf('kimi', 'codex');
    expect(problem?.code).toBe('MODEL_NOT_OFFERED');
    expect(problem && rules.refusesToSave(problem)).toBe(true);
    expect(rules.isUnusable('kimi', 'codex')).toBe(false);
  });

  it('does not tell to send an offered model where none is', () => {
    const models: CatalogueModel[] = [
      { id: 'old', runtimes: ['codex'], status: 'retired' },
      { id: 'away*', runtimes: ['hermes'], status: 'withdrawn' },
      { id: 'any/*', runtimes: ['openclaw'] },
    ];
    const reasonFor = (runtime: string) => rulesOf(models).problemOf('gpt-5', runtime)?.reason;
    expect(reasonFor('codex')).toContain("The platform's catalogue offers none for it: report that");
    expect(reasonFor('hermes')).toContain("The platform's catalogue offers none for it: report that");
    expect(reasonFor('openclaw')).toContain("Send one that the platform's catalogue offers for it.");
  });
});

describe('the mode of the catalogue', () => {
  const models: CatalogueModel[] = [
    { id: 'old', runtimes: ['codex'], status: 'retired' },
    { id: 'away', runtimes: ['codex'], status: 'withdrawn' },
  ];
  const verdictsOf = (mode: 'warn' | 'enforce', model: string) => {
    const rules = rulesOf(models, mode);
    const problem = rules.problemOf(model, 'codex');
    return problem && [problem.code, rules.refusesToSave(problem), rules.refusesToProvision(problem)];
  };

  it('decides whether a model that cannot be picked is refused or warned of', () => {
    expect(verdictsOf('warn', 'unknown')).toEqual(['MODEL_NOT_OFFERED', false, false]);
    expect(verdictsOf('warn', 'away')).toEqual(['MODEL_NOT_OFFERED', false, false]);
    expect(verdictsOf('warn', 'old')).toEqual(['MODEL_RETIRED', false, false]);
    expect(verdictsOf('enforce', 'unknown')).toEqual(['MODEL_NOT_OFFERED', true, false]);
    expect(verdictsOf('enforce', 'away')).toEqual(['MODEL_NOT_OFFERED', true, false]);
    expect(verdictsOf('enforce', 'old')).toEqual(['MODEL_RETIRED', true, true]);
  });

  it('lets no slug pass', () => {
    for (const mode of ['warn', 'enforce'] as const) {
      expect(verdictsOf(mode, 'anthropic')).toEqual(['PROVIDER_SLUG', true, true]);
    }
  });

  it('off judges the id alone, and suggests nothing', () => {
    const rules = rulesOf([], 'off');
    expect(rules.problemOf('anything', 'codex')).toBeUndefined();
    expect(rules.problemOf('minimax', 'codex')).not.toHaveProperty('suggestions');
    expect(rules.runtimesRefusing('anything')).toEqual({ allBut: false, names: [] });
    expect(rules.runtimesRefusing('minimax')).toEqual({ allBut: true, names: [] });
  });
});

describe('runtimesRefusing', () => {
  it('returns the runtimes for which the model has a problem that is refused', () => {
    const modes = fc.constantFrom(...catalogueModes);
    fc.assert(
      fc.property(catalogues, modes, ids, runtimes, (models, mode, model, runtime) => {
        const rules = rulesOf(mode === 'off' ? [] : models, mode);
        const problem = rules.problemOf(model, runtime);
        const refused = problem !== undefined && rules.refusesToSave(problem);
        expect(includes(rules.runtimesRefusing(model), runtime)).toBe(refused);
      }),
    );
  });
});

describe('suggestions', () => {
  it('never hold the model itself, more than three, one twice, or one that is refused', () => {
    const sent = fc.oneof(ids, fc.constantFrom('minimax', 'kimi', 'claude-code', 'gpt 5', ''), fc.string());
    fc.assert(
      fc.property(catalogues, sent, runtimes, (models, model, runtime) => {
        const rules = rulesOf(models);
        const suggestions = rules.problemOf(model, runtime)?.suggestions ?? [];
        expect(suggestions).not.toContain(model);
        expect(suggestions.length).toBeLessThanOrEqual(3);
        expect(new Set(suggestions).size).toBe(suggestions.length);
        for (const id of suggestions) {
          expect([id, rules.problemOf(id, runtime)]).toEqual([id, undefined]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('come with a problem of whatever code', () => {
    fc.assert(
      fc.property(catalogues, fc.oneof(ids, fc.string()), runtimes, (models, model, runtime) => {
        const problem = rulesOf(models).problemOf(model, runtime);
        expect(problem === undefined || Array.isArray(problem.suggestions)).toBe(true);
      }),
    );
  });
});

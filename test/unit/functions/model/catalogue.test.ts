import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CatalogueModel,
  compactCatalogue,
  isJudged,
  isKnownToWork,
  modelsIn,
  offeredIds,
  runtimesIn,
  standingOf,
} from '../../../../functions/model/catalogue.ts';
import { catalogues, runtimes } from '../../../helpers/catalogues.ts';

const MODELS: CatalogueModel[] = [
  { id: 'opus' },
  { id: 'gpt-5', runtimes: ['codex', 'hermes'], replacement: 'gpt-6' },
  { id: 'gpt-*', runtimes: ['hermes', 'codex'], status: 'withdrawn' },
  { id: 'old', runtimes: ['codex'], status: 'retired', replacement: 'gpt-5' },
];

describe('a catalogue', () => {
  it('lists its entries as they were given, each with its status, in the order of their ids', () => {
    expect(modelsIn(compactCatalogue(MODELS), undefined)).toEqual([
      { id: 'gpt-*', runtimes: ['hermes', 'codex'], status: 'withdrawn' },
      { id: 'gpt-5', runtimes: ['codex', 'hermes'], status: 'offered', replacement: 'gpt-6' },
      { id: 'old', runtimes: ['codex'], status: 'retired', replacement: 'gpt-5' },
      { id: 'opus', status: 'offered' },
    ]);
  });

  it('lists for a runtime what is about it, or about every one', () => {
    const idsFor = (runtime: string) => modelsIn(compactCatalogue(MODELS), runtime).map(({ id }) => id);
    expect(idsFor('codex')).toEqual(['gpt-*', 'gpt-5', 'old', 'opus']);
    expect(idsFor('hermes')).toEqual(['gpt-*', 'gpt-5', 'opus']);
    expect(idsFor('langgraph')).toEqual(['opus']);
  });

  it('lists every entry of any file, and offers for a runtime those that are offered for it, but none with "*"', () => {
    fc.assert(
      fc.property(catalogues, runtimes, (models, runtime) => {
        const catalogue = compactCatalogue(models);
        const listed = modelsIn(catalogue, undefined);
        expect(listed.map(({ id }) => id)).toEqual(models.map(({ id }) => id).sort());
        for (const { id, runtimes: about, status = 'offered', replacement } of models) {
          const entry = listed.find((each) => each.id === id);
          expect(entry).toMatchObject({ status, ...(replacement !== undefined && { replacement }) });
          expect(entry?.runtimes?.toSorted()).toEqual(about?.toSorted());
        }
        const offered = models.filter(
          ({ id, runtimes: about, status = 'offered' }) =>
            status === 'offered' &&
            !id.endsWith('*') &&
            (about === undefined || about.includes(runtime ?? '')),
        );
        expect(offeredIds(catalogue, runtime).sort()).toEqual(offered.map(({ id }) => id).sort());
        expect(runtimesIn(catalogue).sort()).toEqual(
          [...new Set(models.flatMap((each) => each.runtimes ?? []))].sort(),
        );
      }),
    );
  });

  it('judges a model by its own entry, then by the longest beginning, whichever comes first', () => {
    const models: CatalogueModel[] = [
      { id: 'gpt-4*', status: 'withdrawn' },
      { id: 'gpt-*' },
      { id: 'gpt-4o', status: 'retired' },
    ];
    for (const order of [models, models.toReversed()]) {
      const catalogue = compactCatalogue(order);
      expect(standingOf(catalogue, 'gpt-4o', 'codex')).toMatchObject({ status: 'retired' });
      expect(standingOf(catalogue, 'gpt-4.1', 'codex')).toMatchObject({ status: 'withdrawn' });
      expect(standingOf(catalogue, 'gpt-', 'codex')).toMatchObject({ status: 'offered' });
      expect(standingOf(catalogue, 'gpt', 'codex')).toEqual({ status: 'unlisted' });
      expect(standingOf(catalogue, 'xgpt-5', 'codex')).toEqual({ status: 'unlisted' });
    }
  });

  it('takes an entry "*" for every model', () => {
    expect(standingOf(compactCatalogue([{ id: '*', status: 'withdrawn' }]), 'any', 'codex')).toMatchObject({
      status: 'withdrawn',
    });
  });

  it('knows no part of an id to work, and none that is retired', () => {
    const catalogue = compactCatalogue([
      { id: 'gpt-5' },
      { id: 'gpt-5-mini', status: 'withdrawn' },
      { id: 'gpt-4', status: 'retired' },
    ]);
    const works = (id: string) => isKnownToWork(catalogue, id, undefined);
    expect(['gpt-5', 'gpt-5-mini'].every(works)).toBe(true);
    expect(['gpt', '5', 'mini', '5-mini', '', 'gpt-4'].some(works)).toBe(false);
  });

  it('judges a runtime that an entry names, and every one where an entry without runtimes offers something', () => {
    const named = compactCatalogue([{ id: 'gpt-5', runtimes: ['codex'], status: 'retired' }]);
    expect(['codex', 'hermes', undefined].map((runtime) => isJudged(named, runtime))).toEqual([
      true,
      false,
      false,
    ]);
    expect(isJudged(compactCatalogue([{ id: 'opus' }]), undefined)).toBe(true);
    expect(isJudged(compactCatalogue([{ id: 'opus', status: 'withdrawn' }]), 'codex')).toBe(false);
    expect(standingOf(named, 'opus', 'hermes')).toBeUndefined();
  });
});

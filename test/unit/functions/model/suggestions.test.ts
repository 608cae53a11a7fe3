import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../../functions/model/edit-distance.ts';
import { platformModels, rulesOf } from '../../../helpers/catalogues.ts';

const suggestionsFor = (model: string, runtime: string, models = platformModels) =>
  rulesOf(models).problemOf(model, runtime)?.suggestions;

describe('suggest', () => {
  it.each([
    ['sonnt', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    ['Sonnet', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    ['snonet', 'claude-code', ['sonnet', 'anthropic:sonnet']],
    [
      'claude-opus-4.7',
      'claude-code',
      ['claude-opus-4-7', 'anthropic/claude-opus-4-7', 'anthropic:claude-opus-4-7'],
    ],
    [
      'Claude_Opus 4.8',
      'claude-code',
      ['claude-opus-4-8', 'anthropic/claude-opus-4-8', 'anthropic:claude-opus-4-8'],
    ],
    ['openai/gpt-5.5', 'codex', ['gpt-5.5']],
    ['anthropic', 'claude-code', ['anthropic:opus', 'anthropic:haiku', 'anthropic:sonnet']],
    ['minimax', 'codex', ['minimax/MiniMax-M3', 'minimax/MiniMax-M2.7', 'minimax/MiniMax-M2.7-highspeed']],
    ['minimax-m3', 'hermes', ['minimax/MiniMax-M3', 'minimax:MiniMax-M3']],
  ])('puts the nearest ids first for %s on %s', (model, runtime, wanted) => {
    expect(suggestionsFor(model, runtime)).toEqual(wanted);
  });

  it.each([
    ['llama-3.3-70b', 'claude-code'],
    ['xx', 'claude-code'],
    ['o1', 'codex'],
    ['', 'codex'],
    ['🙂', 'codex'],
    ['codex', 'codex'],
    ['s'.repeat(5_000), 'claude-code'],
  ])('makes nothing up for %s on %s', (model, runtime) => {
    expect(suggestionsFor(model, runtime)).toEqual([]);
  });

  it('finds the id in which one slip was made', () => {
    const codex = platformModels.filter(({ runtimes }) => runtimes?.includes('codex')).map(({ id }) => id);
    const slip = fc.tuple(fc.constantFrom(...codex), fc.nat(), fc.constantFrom('x', '', 'qq'.slice(1)));
    fc.assert(
      fc.property(slip, ([id, place, put]) => {
        const at = id.lastIndexOf('/') + 1 + (place % (id.length - id.lastIndexOf('/') - 1));
        const sent = id.slice(0, at) + put + id.slice(at + 1);
        fc.pre(rulesOf(platformModels).problemOf(sent, 'codex') !== undefined);
        expect(suggestionsFor(sent, 'codex')).toContain(id);
      }),
    );
  });

  it('finds an id among 5,000 long ones', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ id: `vendor/${'m'.repeat(200)}-${i}` }));
    expect(suggestionsFor(`vendor/${'m'.repeat(200)}-4999x`, 'codex', many)?.[0]).toBe(many[4_999]?.id);
  });
});

/** The whole table, without a bound. */
const distanceOf = (a: string, b: string): number => {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = at(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]);
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      table[i]?.splice(j, 1, Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(a.length, b.length);
};

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['sonnet', 'sonnt', 1],
    ['sonnet', 'snonet', 1],
    ['sonnet', 'bonnets', 2],
  ])('counts from %j to %j %i', (a, b, wanted) => {
    expect(editDistance(a, b, 3)).toBe(wanted);
  });

  it('agrees with the whole table up to the most that is asked for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.nat({ max: 4 }), (a, b, most) => {
        expect(editDistance(a, b, most)).toBe(Math.min(distanceOf(a, b), most + 1));
      }),
      { numRuns: 2_000 },
    );
  });
});

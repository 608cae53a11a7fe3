import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../../functions/model/edit-distance.ts';

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

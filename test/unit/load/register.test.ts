// The checker of histories, against every order of small ones, and against planted faults.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLEARED, findContradiction, type Operation } from '../../load/register.ts';

/** Tries every order, and every choice of which unsure writes took effect. */
const isExplainedByTrying = (history: readonly Operation[], current = CLEARED): boolean => {
  if (history.every(({ unsure }) => unsure === true)) {
    return true;
  }
  return history.some((operation, index) => {
    const others = history.filter((_, other) => other !== index);
    if (operation.unsure === true && isExplainedByTrying(others, current)) {
      return true;
    }
    // What ended before it started had to come first; an unsure write that did not come first never took effect.
    const earlier = others.filter(({ end }) => end < operation.start);
    if (earlier.some(({ unsure }) => unsure !== true)) {
      return false;
    }
    const later = others.filter((other) => !earlier.includes(other));
    if (operation.kind === 'read') {
      return operation.value === current && isExplainedByTrying(later, current);
    }
    return isExplainedByTrying(later, operation.value);
  });
};

const moment = fc.integer({ min: 0, max: 12 });
const interval = fc.tuple(moment, moment).map(([one, other]) => ({
  start: Math.min(one, other),
  end: Math.max(one, other) + 0.5,
}));
const kinds = fc.constantFrom('write', 'write', 'clear', 'read', 'read', 'read');

/** Up to seven operations; reads see any of the values written, or nothing. */
const histories = fc
  .array(fc.record({ kind: kinds, interval, unsure: fc.boolean(), seen: fc.nat() }), { maxLength: 7 })
  .map((drafts): Operation[] => {
    const values = [CLEARED, ...drafts.flatMap(({ kind }, index) => (kind === 'write' ? [`v${index}`] : []))];
    return drafts.map(({ kind, interval: { start, end }, unsure, seen }, index) => {
      if (kind === 'read') {
        return { kind, value: values[seen % values.length] ?? CLEARED, start, end };
      }
      return { kind: 'write', value: kind === 'clear' ? CLEARED : `v${index}`, start, end, unsure };
    });
  });

const write = (value: string, start: number, end: number, unsure = false): Operation => ({
  kind: 'write',
  value,
  start,
  end,
  unsure,
});
const read = (value: string, start: number, end: number): Operation => ({ kind: 'read', value, start, end });

describe('findContradiction', () => {
  it('agrees with the trial of every order', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(findContradiction(history) === undefined).toBe(isExplainedByTrying(history));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, Operation[]]>([
    ['an acknowledged write that is lost', [write('a', 0, 1), read(CLEARED, 2, 3)]],
    ['a write that comes back', [write('a', 0, 1), write('b', 2, 3), read('b', 4, 5), read('a', 6, 7)]],
    [
      'an unacknowledged write that takes effect after its answer',
      [write('a', 0, 1, true), read(CLEARED, 2, 3), write('b', 4, 5), read('b', 6, 7), read('a', 8, 9)],
    ],
    ['a read of a value that nobody wrote', [read('a', 0, 1)]],
    ['a read before its write', [read('a', 0, 1), write('a', 2, 3)]],
    ['a stale read', [write('a', 0, 1), write('b', 2, 3), read('a', 4, 5)]],
    [
      'reads that disagree on the order of two writes',
      [write('a', 0, 9), write('b', 0, 9), read('a', 1, 2), read('b', 3, 4), read('a', 5, 6)],
    ],
    ['a clear that is undone', [write('a', 0, 1), write(CLEARED, 2, 3), read('a', 4, 5)]],
    ['a clear that nobody made', [write('a', 0, 1), read('a', 2, 3), read(CLEARED, 4, 5)]],
  ])('finds %s', (_, history) => {
    expect(findContradiction(history)).toMatch(/was read from/);
  });

  it.each<[string, Operation[]]>([
    ['an unacknowledged write that took effect', [write('a', 0, 3, true), read('a', 1, 2), read('a', 4, 5)]],
    ['an unacknowledged write that did not', [write('a', 0, 3, true), read(CLEARED, 4, 5)]],
    [
      'writes at once that settle on either',
      [write('a', 0, 9), write('b', 0, 9), read('a', 1, 2), read('b', 3, 4)],
    ],
    [
      'a clear between two reads of nothing',
      [write('a', 1, 2), read(CLEARED, 0, 1), write(CLEARED, 2, 4), read(CLEARED, 5, 6)],
    ],
  ])('explains %s', (_, history) => {
    expect(findContradiction(history)).toBeUndefined();
  });
});

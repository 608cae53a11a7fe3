// The parts in which a large table is looked at.
import { expect, it } from 'vitest';
import { PAGES_A_CALL, partsOf } from '../../../../functions/database/pages.ts';

it('a table of up to half a gigabyte is one part, without an end', () => {
  expect(partsOf('s', 0)).toEqual(["s.ctid >= CAST('(0,0)' AS tid)"]);
  expect(partsOf('s', PAGES_A_CALL)).toHaveLength(1);
});

it('the parts of a larger one join without a gap, and the last one has no end', () => {
  expect(partsOf('s', 2 * PAGES_A_CALL + 1)).toEqual([
    "s.ctid >= CAST('(0,0)' AS tid) AND s.ctid < CAST('(65536,0)' AS tid)",
    "s.ctid >= CAST('(65536,0)' AS tid) AND s.ctid < CAST('(131072,0)' AS tid)",
    "s.ctid >= CAST('(131072,0)' AS tid)",
  ]);
});

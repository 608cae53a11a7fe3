// The parts in which a large table is looked at.
import { expect, it } from 'vitest';
import { PAGES_A_CALL, partsOf } from '../../../../functions/database/pages.ts';

it('a table of up to half a gigabyte is one part, without an end', () => {
  expect(partsOf(0)).toEqual(["workspace_secrets.ctid >= CAST('(0,0)' AS tid)"]);
  expect(partsOf(PAGES_A_CALL)).toHaveLength(1);
});

it('the parts of a larger one join without a gap, and the last one has no end', () => {
  expect(partsOf(2 * PAGES_A_CALL + 1)).toEqual([
    "workspace_secrets.ctid >= CAST('(0,0)' AS tid) AND workspace_secrets.ctid < CAST('(65536,0)' AS tid)",
    "workspace_secrets.ctid >= CAST('(65536,0)' AS tid) AND workspace_secrets.ctid < CAST('(131072,0)' AS tid)",
    "workspace_secrets.ctid >= CAST('(131072,0)' AS tid)",
  ]);
});

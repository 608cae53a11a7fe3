// How many pages a batch may take next.
import { expect, it } from 'vitest';
import { Pace } from '../../../../functions/migration/batch-size.ts';

it('begins with a small batch, or with less where that is wished', () => {
  expect(new Pace().pages).toBe(16);
  expect(new Pace(4).pages).toBe(4);
});

it('allows twice what the last batch had time for, up to the greatest', () => {
  const pace = new Pace(100);
  pace.took(30);
  expect(pace.pages).toBe(60);
  pace.took(60);
  expect(pace.pages).toBe(100);
});

it('quarters the batch after a failure, down to one page', () => {
  const pace = new Pace();
  pace.shrink();
  expect(pace.pages).toBe(4);
  pace.shrink();
  pace.shrink();
  expect(pace.pages).toBe(1);
});

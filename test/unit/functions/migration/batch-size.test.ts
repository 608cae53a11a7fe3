// How many pages a batch may take next.
import { expect, it } from 'vitest';
import { BatchSize } from '../../../../functions/migration/batch-size.ts';

it('begins with a small batch, or with less where that is wished', () => {
  expect(new BatchSize().pages).toBe(16);
  expect(new BatchSize(4).pages).toBe(4);
});

it('allows twice what the last batch had time for, up to the greatest', () => {
  const batch = new BatchSize(100);
  batch.grow(30);
  expect(batch.pages).toBe(60);
  batch.grow(60);
  expect(batch.pages).toBe(100);
});

it('quarters the batch after a failure, down to one page', () => {
  const batch = new BatchSize();
  batch.shrink();
  expect(batch.pages).toBe(4);
  batch.shrink();
  batch.shrink();
  expect(batch.pages).toBe(1);
});

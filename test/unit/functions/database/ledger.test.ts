// What a ledger that cannot be read is taken for.
import { expect, it } from 'vitest';
import { readLedger } from '../../../../functions/database/ledger.ts';
import { postgresError } from '../../../helpers/data-api-errors.ts';

it('is none where its table is not there, and where it only may not be read, no ledger is taken for granted', async () => {
  expect(await readLedger(() => Promise.reject(postgresError('42P01')))).toEqual([]);
  const denied = postgresError('42501');
  await expect(readLedger(() => Promise.reject(denied))).rejects.toBe(denied);
});

// The lease of the one runner, over the Data API.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { releaseLease, seizeLease, takeLease } from '../../../../functions/database/lease.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ migrated: true });
});
afterAll(() => stack.close());
beforeEach(() => stack.sql('DELETE FROM workspace_model_migration_lease'));

const take = (token: string) => takeLease(stack.executeAsOwner, token);

/** As it is once all but `ms` of its time have passed. */
const leave = (ms: number) =>
  stack.sql(`UPDATE workspace_model_migration_lease SET until = clock_timestamp() + interval '${ms} ms'`);

/** How long it goes on, in ms. */
const left = async (): Promise<number> => {
  const [row] = await stack.sql<{ ms: number }>(
    'SELECT CAST(extract(epoch FROM until - clock_timestamp()) * 1000 AS int) AS ms FROM workspace_model_migration_lease',
  );
  return row?.ms ?? 0;
};

describe('the lease', () => {
  it('is the first runner’s, who renews it, and nobody else’s', async () => {
    expect(await take('one')).toBe(true);
    expect(await take('other')).toBe(false);
    await leave(10_000);
    expect(await take('one')).toBe(true);
    expect(await left()).toBeGreaterThan(10_000);
    expect(await take('other')).toBe(false);
  });

  it('is another runner’s once it has ended by itself, or was given back', async () => {
    expect(await take('one')).toBe(true);
    await leave(-1);
    expect(await take('other')).toBe(true);
    expect(await take('one')).toBe(false);
    await releaseLease(stack.executeAsOwner, 'other');
    expect(await take('one')).toBe(true);
  });

  it('is not given back by somebody else', async () => {
    await take('one');
    await releaseLease(stack.executeAsOwner, 'other');
    expect(await take('other')).toBe(false);
  });

  it('is not taken while its holder is in the middle of a step', async () => {
    await take('one');
    await leave(-1);
    const taken = await stack.inTransaction('SELECT FROM workspace_model_migration_lease FOR UPDATE', () =>
      take('other'),
    );
    expect(taken).toBe(false);
  });

  it('is taken away by force, from a holder or where there is none', async () => {
    await seizeLease(stack.executeAsOwner, 'one');
    expect(await take('other')).toBe(false);
    await leave(10_000);
    await seizeLease(stack.executeAsOwner, `o'ther`);
    expect(await left()).toBeGreaterThan(10_000);
    expect(await take('one')).toBe(false);
    expect(await take(`o'ther`)).toBe(true);
  });
});

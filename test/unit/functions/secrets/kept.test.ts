// A fetched value: who waits for which fetch, and what stays when one fails.
import { afterEach, expect, it, vi } from 'vitest';
import { Kept } from '../../../../functions/secrets/kept.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A fetch that the test answers, or fails, when it likes. */
const fetches = () => {
  const begun: PromiseWithResolvers<string>[] = [];
  const read = () => {
    const fetch = Promise.withResolvers<string>();
    begun.push(fetch);
    return fetch.promise;
  };
  return { begun, kept: new Kept(read) };
};

it('fetches once for all that ask meanwhile', async () => {
  const { begun, kept } = fetches();
  const asked = Promise.all([kept.any(), kept.youngerThan(1_000), kept.any()]);
  begun[0]?.resolve('a');
  expect((await asked).map(({ value }) => value)).toEqual(['a', 'a', 'a']);
  expect(begun).toHaveLength(1);
});

it('keeps what it has where the next fetch fails, and fetches again', async () => {
  const { begun, kept } = fetches();
  const first = kept.any();
  begun[0]?.resolve('a');
  const tried = await first;
  const failing = kept.otherThan(tried);
  begun[1]?.reject(new Error('away'));
  await expect(failing).rejects.toThrow('away');
  expect(kept.last).toBe('a');
  expect(await kept.any()).toBe(tried);
  const next = kept.otherThan(tried);
  begun[2]?.resolve('b');
  expect(await next).toMatchObject({ value: 'b' });
  expect(await kept.otherThan(tried)).toMatchObject({ value: 'b' });
  expect(begun).toHaveLength(3);
});

it('keeps the answer of the fetch that began last, also where another one arrives after it', async () => {
  const { begun, kept } = fetches();
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1);
  const earlier = kept.any();
  clock.mockReturnValue(2_000);
  const later = kept.youngerThan(1_000);
  begun[1]?.resolve('new');
  await later;
  begun[0]?.resolve('old');
  expect(await earlier).toMatchObject({ value: 'old' });
  expect(kept.last).toBe('new');
});

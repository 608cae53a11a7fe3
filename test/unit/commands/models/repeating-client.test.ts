// How often and how far apart the client of the commands sends again what is turned away. The answers are written out here.
import { beforeEach, expect, it, vi } from 'vitest';
import { RepeatingClient } from '../../../../commands/models/repeating-client.ts';
import { elapse, stopClock } from '../../../helpers/moved-clock.ts';

stopClock();

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'error').mockImplementation((line) => said.push(line));
});

const MINUTES = 60_000;
const { signal } = new AbortController();

const page = () => Response.json({ items: [] });
const saved = () => Response.json({ status: 'saved', model: 'opus' });
const ofGateway = (status: number) => Response.json({ message: 'Too Many Requests' }, { status });
const ofService = (code: string, status: number, headers = {}) =>
  Response.json({ error: 'As it is.', code }, { status, headers });

/** What answers, the last of them for ever, and when it was asked. */
const clientOf = (...answers: (() => Response)[]) => {
  const sentAt: number[] = [];
  const start = Date.now();
  const client = new RepeatingClient({
    url: 'https://api.example.com',
    fetch: async () => {
      sentAt.push(Date.now() - start);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer?.() ?? Response.error();
    },
  });
  return { client, sentAt };
};

it.each([429, 502, 503, 504])('sends a read again that the gateway answers with %i', async (status) => {
  const { client, sentAt } = clientOf(() => ofGateway(status), page);
  const reading = client.list();
  await elapse(reading);
  expect(await reading).toEqual({ items: [], next: undefined });
  expect(sentAt).toEqual([0, 1_000]);
});

it.each([
  ['403 by the gateway', () => ofGateway(403)],
  ['404 by the gateway', () => ofGateway(404)],
  ['500 by the gateway', () => ofGateway(500)],
  ['500 by the service', () => ofService('DATABASE_REFUSED', 500)],
])('sends nothing again that is answered with %s', async (_, answer) => {
  const { client, sentAt } = clientOf(answer);
  await expect(client.history('w')).rejects.toMatchObject({ name: 'ApiError' });
  expect(sentAt).toEqual([0]);
});

it('waits as long as the service says', async () => {
  const { client, sentAt } = clientOf(
    () => ofService('DATABASE_UNAVAILABLE', 503, { 'retry-after': '5' }),
    page,
  );
  await elapse(client.list());
  expect(sentAt).toEqual([0, 5_000]);
  expect(said).toEqual(['The API answers 503 (DATABASE_UNAVAILABLE): trying again in 5 s …']);
});

it('waits longer each time, up to half a minute, and gives up after five minutes of nothing else', async () => {
  const { client, sentAt } = clientOf(() => ofGateway(429));
  const reading = client.list();
  await elapse(reading);
  await expect(reading).rejects.toMatchObject({ status: 429 });
  expect(sentAt.slice(0, 7)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000]);
  expect(sentAt.at(-2)).toBeLessThanOrEqual(5 * MINUTES);
  expect(sentAt.at(-1)).toBeGreaterThan(5 * MINUTES);
});

it('goes on for as long as some calls are let through', async () => {
  let calls = 0;
  const { client } = clientOf(() => (++calls % 8 === 0 ? page() : ofGateway(429)));
  const read = async () => {
    for (let reads = 0; reads < 50; reads += 1) {
      await client.list();
    }
  };
  const reading = Promise.all(Array.from({ length: 8 }, read));
  expect(await elapse(reading)).toBeGreaterThan(5 * MINUTES);
  await reading;
});

it('lets all calls wait where one is turned away, and counts their refusals as one', async () => {
  const { client, sentAt } = clientOf(...Array.from({ length: 8 }, () => () => ofGateway(429)), page);
  const early = Array.from({ length: 8 }, () => client.list());
  const late = new Promise((resolve) => {
    setTimeout(() => resolve(client.list()), 500);
  });
  await elapse(Promise.all([...early, late]));
  expect(sentAt).toEqual([...Array(8).fill(0), ...Array(9).fill(1_000)]);
});

it('waits for a deploy before a write, and not before a read, which an undo would keep waiting', async () => {
  const notMigrated = () => ofService('DATABASE_NOT_MIGRATED', 503, { 'retry-after': '30' });
  const reading = clientOf(notMigrated).client.list();
  expect(await elapse(reading)).toBe(0);
  await expect(reading).rejects.toMatchObject({ code: 'DATABASE_NOT_MIGRATED' });
  const { client, sentAt } = clientOf(notMigrated, saved);
  await elapse(client.write(async () => void (await client.set('w', 'opus')), signal));
  expect(sentAt).toEqual([0, 30_000]);
});

it('knows after which answers a write may have taken effect', async () => {
  const { client } = clientOf(
    () => ofGateway(429),
    () => ofGateway(503),
    () => ofGateway(429),
    saved,
  );
  const mayBeDone: boolean[] = [];
  const writing = client.write(async (may) => {
    mayBeDone.push(may);
    await client.set('w', 'opus');
  }, signal);
  await elapse(writing);
  expect(mayBeDone).toEqual([false, false, true, true]);
});

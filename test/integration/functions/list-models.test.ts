// GET /workspaces/models: the picks of the fleet.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { run } from '../../../functions/migration/run.ts';
import { expectRefused } from '../../helpers/claims.ts';
import { isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { NEWEST, runOptions } from '../../helpers/engine.ts';
import { type HandlerAnswer, loadHandler } from '../../helpers/handlers.ts';
import { type Service, startService } from '../../helpers/service.ts';

const Page = z.strictObject({
  items: z.array(
    z.strictObject({
      workspace_id: z.string(),
      name: z.string(),
      runtime: z.string().optional(),
      model: z.string(),
      source: z.enum(['workspace_secrets', 'default']),
      problem: z.object({ code: z.string(), reason: z.string() }).optional(),
      updated_at: z.iso.datetime().optional(),
      etag: z.string().optional(),
    }),
  ),
  next: z.string().optional(),
});

let service: Service;
let handle: (event: object, timeLeftMs?: number) => Promise<HandlerAnswer>;
beforeAll(async () => {
  service = await startService();
  handle = await loadHandler(service, 'list-models');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await service.close();
});
beforeEach(async () => {
  await service.sql('DELETE FROM workspace_secrets');
  await service.sql('DELETE FROM workspaces');
});

type Query = Record<string, string>;

const page = async (query?: Query, timeLeftMs?: number) => {
  const { status, body } = await handle({ ...(query && { queryStringParameters: query }) }, timeLeftMs);
  expect({ status, body }).toEqual({ status: 200, body });
  return Page.parse(body);
};

/** All pages, and how many there were. */
const everything = async (query: Query = {}, timeLeftMs?: number) => {
  const items: z.infer<typeof Page>['items'] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { items: more, next } = await page({ ...query, ...(cursor && { cursor }) }, timeLeftMs);
    items.push(...more);
    cursor = next;
    pages += 1;
  } while (cursor !== undefined);
  return { items, pages, ids: items.map(({ workspace_id }) => workspace_id) };
};

/** Workspaces without a pick, so many that no statement looks at all of them. */
const addMany = (count: number) =>
  service.sql(
    `INSERT INTO workspaces (name, runtime) SELECT 'many', 'mock' FROM generate_series(1, ${count})`,
  );

describe('the fleet', () => {
  it('lists every workspace with its pick, what is wrong with it, and the ETag that a PUT may expect', async () => {
    const [good, slug, none, damaged, long] = [
      await service.addPick('opus'),
      await service.addPick('MiniMax', { version: 0 }),
      await service.addWorkspace('hermes'),
      await service.addWorkspace(),
      await service.addPick('x'.repeat(300), { version: 0 }),
    ];
    await service.storeBytes(damaged, Buffer.alloc(64), 1);

    const { items } = await page();
    const of = (id: string) => items.find(({ workspace_id }) => workspace_id === id);
    expect(items).toHaveLength(5);
    expect(of(good)).toMatchObject({
      name: 'test',
      runtime: 'langgraph',
      model: 'opus',
      source: 'workspace_secrets',
    });
    expect(of(good)?.etag).toBe((await service.get(good)).headers.get('etag'));
    expect(of(good)).not.toHaveProperty('problem');
    expect(of(slug)).toMatchObject({ model: 'MiniMax', problem: { code: 'PROVIDER_SLUG' } });
    expect(of(none)).toEqual({
      workspace_id: none,
      name: 'test',
      runtime: 'hermes',
      model: '',
      source: 'default',
    });
    for (const id of [damaged, long]) {
      expect(of(id)).toMatchObject({
        model: '',
        source: 'workspace_secrets',
        problem: { code: 'UNREADABLE' },
      });
    }
  });

  it('lists the longest model id that can be picked', async () => {
    const longest = 'm'.repeat(256);
    await service.addPick(longest);
    expect((await page()).items).toMatchObject([{ model: longest, source: 'workspace_secrets' }]);
    expect((await page()).items[0]).not.toHaveProperty('problem');
  });

  it('says of a row that holds no text what GET says: nothing is picked', async () => {
    const ids = [await service.addPick('', { version: 0 }), await service.addPick('')];
    for (const item of (await page()).items) {
      expect(item).toMatchObject({ model: '', source: 'default' });
      expect(item).not.toHaveProperty('problem');
    }
    expect((await everything()).ids).toEqual(ids.toSorted());
  });

  it('lists a pick as unreadable, as GET has it, whose encryption_version is beyond every known one', async () => {
    await service.sql(`
      DROP VIEW workspace_model_picks, workspace_model_picks_table;
      ALTER TABLE workspace_secrets ALTER COLUMN encryption_version TYPE bigint`);
    await run(runOptions(service), NEWEST);
    const id = await service.addPick('opus', { version: 2 ** 40 });

    expect((await page()).items).toMatchObject([{ workspace_id: id, problem: { code: 'UNREADABLE' } }]);
    expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
  });

  it('lists a workspace without a name', async () => {
    await service.sql('ALTER TABLE workspaces ALTER COLUMN name DROP NOT NULL');
    const id = await service.addPick('opus');
    await service.sql('UPDATE workspaces SET name = NULL');
    try {
      expect((await page()).items).toMatchObject([{ workspace_id: id, name: '', model: 'opus' }]);
    } finally {
      await service.sql("UPDATE workspaces SET name = ''");
      await service.sql('ALTER TABLE workspaces ALTER COLUMN name SET NOT NULL');
    }
  });

  it('is read by one call, and by one more look for the key however many values do not open', async () => {
    await service.addPick('opus');
    await page();
    await service.addPick('x'.repeat(300), { version: 0 });
    expect((await service.callsDuring(() => page())).filter(isKeyFetch)).toEqual([]);
    for (let i = 0; i < 20; i += 1) {
      await service.storeBytes(await service.addWorkspace(), Buffer.alloc(64), 1);
    }
    await page();
    const calls = await service.callsDuring(() => page());
    expect(calls.filter(isDataApi)).toHaveLength(1);
    expect(calls.filter(isKeyFetch)).toHaveLength(1);
  });

  it('comes page by page in the order of ids, each workspace once', async () => {
    const ids = await Promise.all(Array.from({ length: 23 }, () => service.addPick('opus')));
    for (const limit of ['1', '5', '23', '500']) {
      expect((await everything({ limit })).ids).toEqual(ids.toSorted());
    }
  });

  it('finds what is rare among many, by pages that may be empty', async () => {
    await addMany(25_000);
    const slug = await service.addPick('minimax');
    const found = await everything({ problem: 'PROVIDER_SLUG' });
    expect(found.ids).toEqual([slug]);
    const byRuntime = await everything({ runtime: 'langgraph', limit: '1' });
    expect(byRuntime.ids).toEqual([slug]);
    expect(byRuntime.pages).toBeGreaterThan(2);
  });

  it('comes page by page where a filter fits more than a page, and others stand between', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const id = await service.addWorkspace('hermes');
      await service.put(id, 'haiku');
      ids.push(id);
      await service.addWorkspace('langgraph');
    }
    for (const limit of ['1', '2', '5']) {
      expect((await everything({ runtime: 'hermes', limit })).ids).toEqual(ids.toSorted());
      expect((await everything({ changed_since: since, limit })).ids).toEqual(ids.toSorted());
    }
  });

  it.each([
    ['takes too long', 30_000, 2],
    ['would take what is left of the time', 3_000, 4],
  ])('ends a page where judging its picks %s, and goes on behind it', async (_, timeLeftMs, pages) => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => service.addPick('opus')));
    let clock = performance.now();
    const look = vi.spyOn(performance, 'now').mockImplementation(() => {
      clock += 1_000;
      return clock;
    });
    try {
      const found = await everything({}, timeLeftMs);
      expect(found.ids).toEqual(ids.toSorted());
      expect(found.pages).toBe(pages);
    } finally {
      look.mockRestore();
    }
  });

  it('filters by problem, model and runtime', async () => {
    const hermes = await service.addWorkspace('hermes');
    await service.storePick(hermes, 'haiku');
    const [opus, slug] = [await service.addPick('opus'), await service.addPick('minimax')];
    expect((await everything({ model: 'opus' })).ids).toEqual([opus]);
    expect((await everything({ runtime: 'hermes' })).ids).toEqual([hermes]);
    expect((await everything({ problem: 'PROVIDER_SLUG', limit: '1' })).ids).toEqual([slug]);
    expect((await everything({ model: 'opus', runtime: 'hermes' })).ids).toEqual([]);
  });

  it('tells what was saved or cleared since a time', async () => {
    const [old, saved, cleared] = [
      await service.addPick('opus'),
      await service.addWorkspace(),
      await service.addPick('opus'),
    ];
    await service.sql("UPDATE workspace_secrets SET updated_at = now() - interval '1 day'");
    await service.addWorkspace();
    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect((await everything({ changed_since: since })).ids).toEqual([]);
    await service.put(saved, 'haiku');
    await service.put(cleared, '');
    const { items, ids } = await everything({ changed_since: since });
    expect(ids).toEqual([saved, cleared].toSorted());
    expect(ids).not.toContain(old);
    const after =
      items
        .map(({ updated_at = '' }) => updated_at)
        .toSorted()
        .at(-1) ?? '';
    expect((await everything({ changed_since: after })).ids).toHaveLength(1);
  });

  it('stays within one answer of the Data API where everything is as long as it can be', async () => {
    await service.sql(`
      WITH made AS (
        INSERT INTO workspaces (name, runtime) SELECT repeat('ü', 5000), repeat('€', 5000) FROM generate_series(1, 600)
        RETURNING id)
      INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
      SELECT id, 'MODEL', convert_to(repeat('m', 256), 'UTF8'), 0 FROM made`);
    expect((await everything({ limit: '500' })).items).toHaveLength(600);
  });

  const wrong: [string, Query][] = [
    ['a limit of none', { limit: '0' }],
    ['a limit beyond 500', { limit: '501' }],
    ['a limit that is no number', { limit: 'all' }],
    ['a cursor that is none', { cursor: 'next' }],
    ['a problem that is none', { problem: 'wrong!' }],
    ['a time that is none', { changed_since: 'yesterday' }],
    ['a time further from UTC than any place is', { changed_since: '2026-05-14T06:46:14-18:19' }],
    ['a time in the year 0', { changed_since: '0000-05-14T06:46:14Z' }],
    ['a time finer than a clock is', { changed_since: `2026-05-14T06:46:14.${'1'.repeat(200)}Z` }],
    ['a runtime that no text column can hold', { runtime: '\0' }],
  ];
  it.each(wrong)('refuses %s without a call', async (_, query) => {
    const calls = await service.callsDuring(async () => {
      expect(await handle({ queryStringParameters: query })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST', error: expect.stringContaining(Object.keys(query).join()) },
      });
    });
    expect(calls).toEqual([]);
  });

  it.each(['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59.999999999-14:00'])(
    'reads the time %s',
    async (since) => {
      expect(await handle({ queryStringParameters: { changed_since: since } })).toMatchObject({
        status: 200,
      });
    },
  );

  it('begins behind a cursor that names no workspace any more', async () => {
    await service.addPick('opus');
    expect((await page({ cursor: 'ffffffff-ffff-ffff-ffff-ffffffffffff' })).items).toEqual([]);
    expect((await page({ cursor: randomUUID().replace(/^./, '0') })).items.length).toBeLessThanOrEqual(1);
  });
});

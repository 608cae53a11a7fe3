// ETags, and writes that happen only where the pick is the one that was read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAnswer, expectRefused, picked, saved } from '../../helpers/claims.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { type HttpAnswer, type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const put = (id: string, model: string, headers: Record<string, string>): Promise<HttpAnswer> =>
  service.putRaw(id, JSON.stringify({ model }), headers);
const ifMatch = (etag: string) => ({ 'if-match': etag });
const IF_NONE = { 'if-none-match': '*' };

const etagOf = (answer: HttpAnswer): string => {
  const etag = answer.headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  return etag;
};

describe('an ETag', () => {
  it('is the same for whoever reads the pick, and for who has saved it', async () => {
    const id = await service.addWorkspace();
    const etag = etagOf(await service.put(id, 'opus'));
    expect(etagOf(await service.get(id))).toBe(etag);
    expect(etagOf(await service.get(id))).toBe(etag);
  });

  it('is another one after each save, of the same model, too', async () => {
    const id = await service.addWorkspace();
    const etags = [
      await service.put(id, 'opus'),
      await service.put(id, 'opus'),
      await service.put(id, 'haiku'),
    ];
    expect(new Set(etags.map(etagOf)).size).toBe(3);
  });

  it('is there for a pick from before encryption and not where nothing is stored', async () => {
    etagOf(await service.get(await service.addPick('opus', { version: 0 })));
    const answer = await service.get(await service.addWorkspace());
    expect(answer.headers.get('etag')).toBeNull();
  });
});

describe('a write under If-Match', () => {
  it('happens where the pick is the one expected, and in one call', async () => {
    const id = await service.addPick('opus');
    const etag = etagOf(await service.get(id));
    const calls = await service.callsDuring(async () => {
      expectAnswer(await put(id, 'haiku', ifMatch(etag)), 200, saved('haiku'));
    });
    expect(calls.filter(isDataApi)).toHaveLength(1);
    expectAnswer(await put(id, '', ifMatch(etagOf(await service.get(id)))), 200, { status: 'cleared' });
    expect(await service.rowsOf(id)).toEqual([]);
  });

  it('takes one of several ETags, and any pick for *', async () => {
    const id = await service.addPick('opus');
    const etag = etagOf(await service.get(id));
    expectAnswer(await put(id, 'haiku', ifMatch(`"x", ${etag} ,"y"`)), 200, saved('haiku'));
    expectAnswer(await put(id, 'sonnet', ifMatch('*')), 200, saved('sonnet'));
    expectAnswer(await put(id, '', ifMatch('*')), 200, { status: 'cleared' });
  });

  it.each(['"0123"', '""', 'W/"weak"', '*'])('changes nothing where the pick is not %s', async (expected) => {
    const id = expected === '*' ? await service.addWorkspace() : await service.addPick('opus');
    const before = await service.rowsOf(id);
    for (const model of ['haiku', '']) {
      expectRefused(await put(id, model, ifMatch(expected)), 412, 'PICK_CHANGED');
    }
    expect(await service.rowsOf(id)).toEqual(before);
  });

  it.each([
    { version: 0, stored: '' },
    { version: 1, stored: '' },
    { version: 0, stored: ' \t\r\n' },
    { version: 0, stored: '\u00a0\u3000\u2028 \ufeff' },
  ])('finds no pick for * in a row that holds no text: $version, "$stored"', async ({ version, stored }) => {
    const id = await service.addPick(stored, { version });
    for (const model of ['haiku', '']) {
      expectRefused(await put(id, model, ifMatch('*')), 412, 'PICK_CHANGED');
    }
    expectAnswer(await put(id, 'haiku', IF_NONE), 200, saved('haiku'));
  });

  it.each([0, 1])('finds no pick in a row of version %d without a value', async (version) => {
    const id = await service.addPick('opus', { version });
    await service.sql('ALTER TABLE workspace_secrets ALTER COLUMN encrypted_value DROP NOT NULL');
    await service.sql('UPDATE workspace_secrets SET encrypted_value = NULL WHERE workspace_id = $1', [id]);
    expectAnswer(await service.get(id), 200, { model: '', source: 'default' });
    expectRefused(await put(id, 'haiku', ifMatch('*')), 412, 'PICK_CHANGED');
    expectAnswer(await put(id, 'haiku', IF_NONE), 200, saved('haiku'));
  });

  it('finds a pick in bytes that have those of white space across their borders', async () => {
    const id = await service.addWorkspace();
    await service.storeBytes(id, Buffer.from([0x20, 0x90, 0x9c]), 0);
    expectRefused(await put(id, 'haiku', IF_NONE), 412, 'PICK_CHANGED');
  });

  it('happens once where many expect the same pick', async () => {
    const id = await service.addPick('first');
    const etag = etagOf(await service.get(id));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => put(id, index === 5 ? '' : `vendor/${index}`, ifMatch(etag))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(9).fill(412)]);
  });

  it('does not make a pick anew that was cleared meanwhile', async () => {
    const id = await service.addPick('opus');
    const etag = etagOf(await service.get(id));
    const answer = await service.inTransaction(
      `DELETE FROM workspace_secrets WHERE workspace_id = '${id}'; COMMIT`,
      () => put(id, 'haiku', ifMatch(etag)),
    );
    expectRefused(answer, 412, 'PICK_CHANGED');
    expect(await service.rowsOf(id)).toEqual([]);
  });

  it('names a workspace that does not exist before it names its pick', async () => {
    expectRefused(await put(crypto.randomUUID(), 'opus', ifMatch('"x"')), 404, 'WORKSPACE_NOT_FOUND');
  });
});

describe('a write under If-None-Match', () => {
  it('happens where nothing is picked, once', async () => {
    const id = await service.addWorkspace();
    const answers = await Promise.all(['opus', 'haiku', 'sonnet'].map((model) => put(id, model, IF_NONE)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    expect(winner && etagOf(winner)).toBe(etagOf(await service.get(id)));
  });

  it('happens over a row that holds no text, which is no pick', async () => {
    for (const version of [0, 1]) {
      const id = await service.addPick('', { version });
      expect((await put(id, 'haiku', IF_NONE)).status).toBe(200);
      expectAnswer(await service.get(id), 200, picked('haiku'));
    }
  });

  it('changes no pick that is there', async () => {
    const id = await service.addPick('opus');
    expectRefused(await put(id, 'haiku', IF_NONE), 412, 'PICK_CHANGED');
    expectAnswer(await service.get(id), 200, picked('opus'));
  });
});

describe('a condition that is none', () => {
  const wrong: [string, Record<string, string>][] = [
    ['both of them', { 'if-match': '*', 'if-none-match': '*' }],
    ['If-None-Match with an ETag', { 'if-none-match': '"x"' }],
    ['If-Match without quotes', { 'if-match': 'x' }],
    ['an empty If-Match', { 'if-match': ' ' }],
    ['an If-Match that is not ended', { 'if-match': '"x' }],
  ];

  it.each(wrong)('is refused without a call: %s', async (_, headers) => {
    const id = await service.addPick('opus');
    const calls = await service.callsDuring(async () => {
      expectRefused(await put(id, 'haiku', headers), 400, 'INVALID_CONDITION');
    });
    expect(calls.filter(isDataApi)).toEqual([]);
  });

  it('is If-None-Match for a pick that is to be cleared', async () => {
    expectRefused(await put(await service.addWorkspace(), '', IF_NONE), 400, 'INVALID_CONDITION');
  });
});

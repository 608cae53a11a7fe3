// Writes of a pick whose row a trigger of the platform's keeps as it is.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { withClient } from '../../../local/support/database.ts';
import { expectAnswer, expectRefused, saved } from '../../helpers/claims.ts';
import { isDataApi } from '../../helpers/disturbances.ts';
import { type HttpAnswer, type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

afterEach(() => service.sql('DROP FUNCTION IF EXISTS keep CASCADE'));

const keepAt = (event: string, body: string): Promise<unknown> =>
  service.sql(`
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
    CREATE TRIGGER keep BEFORE ${event} ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION keep()`);

const put = (id: string, model: string, headers: Record<string, string>): Promise<HttpAnswer> =>
  service.putRaw(id, JSON.stringify({ model }), headers);

/** In one call, with row and history as before. */
const expectKept = async (id: string, model: string, headers: Record<string, string> = {}): Promise<void> => {
  const before = [await service.rowsOf(id), await historyOf(id)];
  const calls = await service.callsDuring(async () => {
    expectRefused(await put(id, model, headers), 500, 'DATABASE_REFUSED');
  });
  expect(calls.filter(isDataApi)).toHaveLength(1);
  expect([await service.rowsOf(id), await historyOf(id)]).toEqual(before);
};

const historyOf = (id: string) =>
  service.sql('SELECT * FROM workspace_model_history WHERE workspace_id = $1', [id]);

const etagOf = async (id: string): Promise<string> => (await service.get(id)).headers.get('etag') ?? '';

describe('a row that a trigger keeps', () => {
  it.each(['RETURN NULL;', 'RETURN OLD;'])('from its change by %s is not told as saved', async (body) => {
    const id = await service.addPick('opus');
    await keepAt('UPDATE', body);
    await expectKept(id, 'haiku');
    await expectKept(id, 'haiku', { 'if-match': await etagOf(id) });
    await expectKept(id, 'haiku', { 'if-match': '*' });
  });

  it('from being made is not told as saved', async () => {
    const id = await service.addWorkspace();
    await keepAt('INSERT', 'RETURN NULL;');
    await expectKept(id, 'haiku');
  });

  it('from being deleted is not told as cleared', async () => {
    const id = await service.addPick('opus');
    await keepAt('DELETE', 'RETURN NULL;');
    await expectKept(id, '');
    await expectKept(id, '', { 'if-match': await etagOf(id) });
    await expectKept(id, '', { 'if-match': '*' });
  });

  it('is none where the condition of the write does not hold', async () => {
    const id = await service.addPick('opus');
    await keepAt('UPDATE OR DELETE', 'RETURN NULL;');
    for (const model of ['haiku', '']) {
      expectRefused(await put(id, model, { 'if-match': '"another"' }), 412, 'PICK_CHANGED');
    }
  });
});

it('refuses a save whose bytes a trigger changes, and leaves row and history as they were', async () => {
  await keepAt('INSERT OR UPDATE', "NEW.encrypted_value = NEW.encrypted_value || 'x'; RETURN NEW;");
  await expectKept(await service.addWorkspace(), 'haiku');
  await service.sql('ALTER TABLE workspace_secrets DISABLE TRIGGER keep');
  const id = await service.addPick('opus');
  await service.sql('ALTER TABLE workspace_secrets ENABLE TRIGGER keep');
  await expectKept(id, 'haiku');
  await expectKept(id, 'haiku', { 'if-match': await etagOf(id) });
});

describe('a row that another has changed while the write waited for it', () => {
  /** The other's statement comes first, and is committed once the write waits for its lock. */
  const behind = (change: string, write: () => Promise<HttpAnswer>): Promise<HttpAnswer> =>
    withClient(service.databaseUrl, async (client) => {
      await client.query(`BEGIN; ${change}`);
      const answering = write();
      await vi.waitFor(async () => {
        const waiting = await service.sql(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        expect(waiting).toHaveLength(1);
      });
      await client.query('COMMIT');
      return answering;
    });

  const DELETE = (id: string) => `DELETE FROM workspace_secrets WHERE workspace_id = '${id}'`;
  const UPDATE = (id: string) =>
    `UPDATE workspace_secrets SET encrypted_value = encrypted_value || 'x' WHERE workspace_id = '${id}'`;

  it('is no kept one: a clear finds none where it was deleted, and clears what it was changed to', async () => {
    const id = await service.addPick('opus');
    expectAnswer(await behind(DELETE(id), () => service.put(id, '')), 200, { status: 'cleared' });
    const other = await service.addPick('opus');
    expectAnswer(await behind(UPDATE(other), () => service.put(other, '')), 200, { status: 'cleared' });
    expect(await service.rowsOf(other)).toEqual([]);
  });

  it.each([
    ['deleted', DELETE],
    ['changed', UPDATE],
  ])('is no kept one: a write under If-Match finds that it was %s', async (_, change) => {
    for (const model of ['haiku', '']) {
      const id = await service.addPick('opus');
      const expected = { 'if-match': await etagOf(id) };
      expectRefused(await behind(change(id), () => put(id, model, expected)), 412, 'PICK_CHANGED');
    }
  });

  it('is no kept one: a save saves over what it was changed to, and anew where it was deleted', async () => {
    for (const change of [DELETE, UPDATE]) {
      const id = await service.addPick('opus');
      expectAnswer(await behind(change(id), () => service.put(id, 'haiku')), 200, saved('haiku'));
    }
  });
});

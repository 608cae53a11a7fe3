// The history of a workspace's pick, as the statements of PUT and provision write it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFor } from '../../../functions/database/attempts.ts';
import { readHistory } from '../../../functions/database/history.ts';
import { EncryptionKey } from '../../../functions/secrets/encryption-key.ts';
import { error, isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { loadHandler } from '../../helpers/handlers.ts';
import { type Service, startServiceAround } from '../../helpers/service.ts';
import { unhurried } from '../../helpers/unhurried.ts';

let service: Service;
beforeAll(async () => {
  service = await startServiceAround();
});
afterAll(() => service.close());

const historyOf = (id: string) =>
  readHistory(
    databaseFor(service.executeAsOwner, unhurried),
    new EncryptionKey(service.encryptionKeySecretArn),
    id,
  );
const sizeOf = async (id: string) =>
  (await service.sql('SELECT FROM workspace_model_history WHERE workspace_id = $1', [id])).length;
const FIRST = { 'if-none-match': '*' };

describe('the history', () => {
  it('has an entry for each pick that was saved or cleared, newest first, by one call each', async () => {
    const id = await service.addWorkspace();
    const calls = await service.callsDuring(async () => {
      await service.put(id, 'opus');
      await service.put(id, 'haiku');
      await service.put(id, '');
      await service.provision({ workspace_id: id, runtime: 'hermes', model: 'sonnet' });
    });
    expect(calls.filter(isDataApi)).toHaveLength(4);

    const items = await historyOf(id);
    expect(items).toMatchObject([
      { action: 'saved', actor: 'provision', model: 'sonnet' },
      { action: 'cleared' },
      { action: 'saved', model: 'haiku' },
      { action: 'saved', model: 'opus' },
    ]);
    expect(items[1]).not.toHaveProperty('model');
    for (const { at } of items) {
      expect(new Date(at).toISOString()).toBe(at);
    }
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it('has none for what changed nothing', async () => {
    const id = await service.addPick('opus');
    await service.putRaw(id, '{"model":"haiku"}', FIRST);
    await service.putRaw(id, '{"model":"haiku"}', { 'if-match': '"x"' });
    await service.putRaw(id, '{"model":""}', { 'if-match': '"x"' });
    await service.put(id, 'minimax');
    await service.provision({ workspace_id: id, runtime: 'hermes', model: 'haiku' });
    await service.put(await service.addWorkspace(), '');
    expect(await historyOf(id)).toEqual([]);
  });

  it('holds what was saved encrypted as it is stored, and never as plain text', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    const [entry] = await service.sql<{ encrypted_value: Buffer; encryption_version: number }>(
      'SELECT encrypted_value, encryption_version FROM workspace_model_history WHERE workspace_id = $1',
      [id],
    );
    expect([entry]).toMatchObject(
      (await service.rowsOf(id)).map(({ encrypted_value, encryption_version }) => ({
        encrypted_value,
        encryption_version,
      })),
    );
    expect(entry?.encrypted_value.includes('opus')).toBe(false);
  });

  it('shows an entry that no longer opens without its model', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.sql(
      "UPDATE workspace_model_history SET encrypted_value = decode(repeat('00', 64), 'hex') WHERE workspace_id = $1",
      [id],
    );
    const items = await historyOf(id);
    expect(items).toMatchObject([{ action: 'saved' }]);
    expect(items[0]).not.toHaveProperty('model');
  });

  it('is not shown without models where the key cannot be fetched at the moment', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.withFault(isKeyFetch, error('ThrottlingException', 400), async () => {
      await expect(historyOf(id)).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    });
  });

  it('is not shown without models where the key may not be read', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.withFault(isKeyFetch, error('AccessDeniedException', 400), async () => {
      await expect(historyOf(id)).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
    });
  });

  it('keeps the newest 50 entries of each workspace, whoever writes at once', async () => {
    const [id, other] = [await service.addWorkspace(), await service.addWorkspace()];
    await service.put(other, 'opus');
    for (let round = 0; round < 11; round += 1) {
      await Promise.all(Array.from({ length: 5 }, (_, i) => service.put(id, `vendor/${round}-${i}`)));
      expect(await sizeOf(id)).toBe(Math.min(50, (round + 1) * 5));
    }
    await service.put(id, 'last');
    const items = await historyOf(id);
    expect(items).toHaveLength(50);
    expect(items[0]).toMatchObject({ model: 'last' });
    expect(items.some(({ model }) => model?.startsWith('vendor/0-'))).toBe(false);
    expect(await sizeOf(other)).toBe(1);
  });

  it('is answered by GET, newest first, and refused for a workspace that is not there', async () => {
    const handle = await loadHandler(service, 'get-model-history');
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.put(id, '');
    const ask = (workspace: string) => handle({ pathParameters: { id: workspace } });
    expect(await ask(id)).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { items: [{ action: 'cleared' }, { action: 'saved', model: 'opus' }] },
    });
    expect(await ask(crypto.randomUUID())).toMatchObject({
      status: 404,
      body: { code: 'WORKSPACE_NOT_FOUND' },
    });
    expect(await ask('1')).toMatchObject({ status: 400, body: { code: 'INVALID_WORKSPACE_ID' } });
  });

  it('goes with its workspace', async () => {
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    await service.sql('DELETE FROM workspace_secrets WHERE workspace_id = $1', [id]);
    await service.sql('DELETE FROM workspaces WHERE id = $1', [id]);
    expect(await sizeOf(id)).toBe(0);
    await expect(historyOf(id)).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
      message: `There is no workspace ${id}.`,
    });
  });

  it('is written wholly or not at all', async () => {
    const id = await service.addPick('opus');
    await service.sql('ALTER TABLE workspace_model_history RENAME COLUMN actor TO elsewhere');
    await service.put(id, 'haiku');
    await service.sql('ALTER TABLE workspace_model_history RENAME COLUMN elsewhere TO actor');
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'opus' });
    expect(await historyOf(id)).toEqual([]);
  });
});

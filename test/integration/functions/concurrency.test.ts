import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { decrypt, parseEncryptionKey } from '../../../functions/secrets/cipher.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const REQUESTS = 200;
const picked = z.object({ model: z.string(), source: z.literal('workspace_secrets') });

const textsOf = async (id: string) =>
  (await service.rowsOf(id)).map((row) =>
    decrypt(parseEncryptionKey(service.encryptionKey), row.encrypted_value),
  );

describe('many requests at once on one workspace', () => {
  it('leaves one row with one of the values written after 200 writes at once, and reads only such values', async () => {
    const id = await service.addWorkspace();
    const models = Array.from({ length: REQUESTS }, (_, i) => `written/model-${i}`);
    await service.put(id, 'written/model-0');

    const pairs = await Promise.all(
      models.map((model) => Promise.all([service.put(id, model), service.get(id)])),
    );
    for (const [put, get] of pairs) {
      expect([put.status, get.status]).toEqual([200, 200]);
      expect(models).toContain(picked.parse(JSON.parse(get.text)).model);
    }
    const [text, ...others] = await textsOf(id);
    expect(models).toContain(text);
    expect(others).toEqual([]);
    expect(JSON.parse((await service.get(id)).text)).toEqual({ model: text, source: 'workspace_secrets' });
  });

  it('makes the first row once where many writes at once would make it', async () => {
    const id = await service.addWorkspace();
    const models = Array.from({ length: 40 }, (_, i) => `first/model-${i}`);
    const answers = await Promise.all(models.map((model) => service.put(id, model)));
    expect(answers.map(({ status }) => status)).toEqual(models.map(() => 200));
    expect(await textsOf(id)).toEqual([expect.stringMatching(/^first\/model-\d+$/)]);
  });

  it('leaves one pick or none where saves and clears come at once', async () => {
    const id = await service.addWorkspace();
    const models = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `some/model-${i}` : ''));
    const answers = await Promise.all(models.map((model) => service.put(id, model)));
    expect(answers.map(({ status }) => status)).toEqual(models.map(() => 200));
    expect((await textsOf(id)).length).toBeLessThan(2);
  });
});

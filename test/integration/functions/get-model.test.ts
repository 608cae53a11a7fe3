import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { expectAnswer, expectRefused, picked } from '../../helpers/claims.ts';
import { isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { type Service, startService } from '../../helpers/service.ts';

const vectors = z
  .array(z.object({ secretString: z.string(), plaintext: z.string(), encryptedValueBase64: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('../../data/encryption-vectors.json', import.meta.url), 'utf8')));

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const unpicked = { model: '', source: 'default' };

describe('GET /workspaces/{id}/model', () => {
  it('answers the pick of an encrypted row', async () => {
    const id = await service.addPick('minimax/MiniMax-M2.7');
    expectAnswer(await service.get(id), 200, picked('minimax/MiniMax-M2.7'));
  });

  it('answers the pick of a row in plain text', async () => {
    const id = await service.addPick('anthropic:claude-opus-4-7', { version: 0 });
    expectAnswer(await service.get(id), 200, picked('anthropic:claude-opus-4-7'));
  });

  it('answers the default where the workspace has no row', async () => {
    expectAnswer(await service.get(await service.addWorkspace()), 200, unpicked);
  });

  it('answers the default where the row holds nothing but white space', async () => {
    for (const [text, version] of [
      ['', 0],
      ['', 1],
      [' \n', 0],
      [' \n', 1],
    ] as const) {
      expectAnswer(await service.get(await service.addPick(text, { version })), 200, unpicked);
    }
  });

  it('answers a pick that was once stored untrimmed as it should have been', async () => {
    expectAnswer(
      await service.get(await service.addPick(' opus[1m]\n', { version: 0 })),
      200,
      picked('opus[1m]'),
    );
  });

  it('answers every value that the existing server wrote', async () => {
    for (const secretString of new Set(vectors.map((vector) => vector.secretString))) {
      service.rotateKey(secretString);
      await service.coldStart();
      const written = vectors.filter((vector) => vector.secretString === secretString);
      for (const { plaintext, encryptedValueBase64 } of written) {
        const id = await service.addWorkspace();
        await service.storeBytes(id, Buffer.from(encryptedValueBase64, 'base64'), 1);
        const pick = plaintext.trim();
        const answer = await service.get(id);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.text)).toMatchObject(pick === '' ? unpicked : picked(pick));
      }
    }
    service.rotateKey(service.encryptionKey);
    await service.coldStart();
  });

  it('reads the same workspace in either letter case of its id', async () => {
    const id = await service.addPick('opus');
    expectAnswer(await service.get(id.toUpperCase()), 200, picked('opus'));
  });

  it('says of a stored provider slug what is wrong with it', async () => {
    expectAnswer(await service.get(await service.addPick('MiniMax')), 200, {
      ...picked('MiniMax'),
      problem: { code: 'PROVIDER_SLUG', reason: expect.stringContaining('Send the id of one of its models') },
    });
  });

  it('says of a stored runtime name what is wrong with it', async () => {
    expectAnswer(await service.get(await service.addPick('claude-code', { version: 0 })), 200, {
      ...picked('claude-code'),
      problem: { code: 'RUNTIME_NAME', reason: expect.stringContaining('Send the id of the model') },
    });
  });

  it('says of a stored value that is malformed what is wrong with it', async () => {
    for (const model of ['two words', 'x'.repeat(257), 'a\u0000b', '"opus"']) {
      expectAnswer(await service.get(await service.addPick(model)), 200, {
        ...picked(model),
        problem: { code: 'MALFORMED_MODEL_ID', reason: expect.stringContaining('Send') },
      });
    }
  });

  it('refuses an id that is no UUID, without a call to the database', async () => {
    const id = randomUUID();
    const calls = await service.callsDuring(async () => {
      for (const wrong of [
        '1',
        'null',
        `${id}0`,
        id.slice(1),
        `{${id}}`,
        id.replaceAll('-', ''),
        `%20${id}`,
        `${id}%0A`,
        "'%20OR%20true--",
      ]) {
        expectRefused(await service.get(wrong), 400, 'INVALID_WORKSPACE_ID');
      }
    });
    expect(calls).toEqual([]);
  });

  it('answers 404 for a workspace that does not exist', async () => {
    const id = randomUUID();
    expect(expectRefused(await service.get(id), 404, 'WORKSPACE_NOT_FOUND')).toContain(id);
  });

  it('never reads the row of another workspace, nor one that belongs to none', async () => {
    await service.addPick('other/model');
    await service.sql(
      "INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) VALUES (NULL, 'MODEL', 'orphan/model')",
    );
    expectAnswer(await service.get(await service.addWorkspace()), 200, unpicked);
  });

  it('fails where the stored bytes are damaged, and says who can help', async () => {
    const id = await service.addWorkspace();
    await service.storePick(id, 'opus');
    await service.sql(
      'UPDATE workspace_secrets SET encrypted_value = set_byte(encrypted_value, 14, get_byte(encrypted_value, 14) # 1) WHERE workspace_id = $1',
      [id],
    );
    expect(expectRefused(await service.get(id), 500, 'DECRYPT_FAILED')).toContain('operator');
  });

  it('fails where the stored bytes are too few', async () => {
    const id = await service.addWorkspace();
    await service.storeBytes(id, Buffer.from('opus'), 1);
    expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
  });

  it('fails at an encryption_version that it does not know, naming it in the log alone', async () => {
    const id = await service.addWorkspace();
    await service.storeBytes(id, Buffer.alloc(64), 7);
    const before = service.logs().length;
    const message = expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
    expect(message).not.toContain('7');
    expect(service.logs().slice(before)).toContain('encryption_version 7');
  });

  it('reads a pick with one call to the database', async () => {
    const reads = [
      await service.addPick('opus'),
      await service.addPick('opus', { version: 0 }),
      await service.addWorkspace(),
      randomUUID(),
    ];
    for (const id of reads) {
      const calls = await service.callsDuring(() => service.get(id));
      expect(calls.filter(isDataApi)).toMatchObject([{ operation: 'ExecuteStatement', outcome: 'ok' }]);
    }
  });

  it('reads a row in plain text while there is no key', async () => {
    const id = await service.addPick('opus', { version: 0 });
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    await service.coldStart();
    const calls = await service.callsDuring(async () => {
      expectAnswer(await service.get(id), 200, picked('opus'));
    });
    service.rotateKey(service.encryptionKey);
    expect(calls.filter(isKeyFetch).every(({ outcome }) => outcome !== 'ok')).toBe(true);
  });
});

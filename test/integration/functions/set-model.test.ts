import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, parseEncryptionKey } from '../../../functions/secrets/cipher.ts';
import { expectAnswer, expectRefused, saved } from '../../helpers/claims.ts';
import { error, isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { modelIds } from '../../helpers/model-ids.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** One row, keyed MODEL, encrypted as version 1, and this in it. */
const expectStored = async (id: string, model: string) => {
  const rows = await service.rowsOf(id);
  expect(rows).toMatchObject([{ key: 'MODEL', encryption_version: 1 }]);
  const texts = rows.map((row) => decrypt(parseEncryptionKey(service.encryptionKey), row.encrypted_value));
  expect(texts).toEqual([model]);
};

/** Whether anything at all of the workspace's rows changed, byte by byte. */
const expectUnchanged = async (id: string, action: () => Promise<unknown>) => {
  const all = () =>
    service.sql('SELECT s.*, s.xmin::text, s.ctid::text FROM workspace_secrets s WHERE workspace_id = $1', [
      id,
    ]);
  const before = await all();
  expect(before).toHaveLength(1);
  await action();
  expect(await all()).toEqual(before);
};

const cleared = { status: 'cleared' };

describe('PUT /workspaces/{id}/model', () => {
  it('saves a first pick, encrypted, under MODEL', async () => {
    const id = await service.addWorkspace();
    expectAnswer(await service.put(id, 'minimax/MiniMax-M2.7'), 200, saved('minimax/MiniMax-M2.7'));
    await expectStored(id, 'minimax/MiniMax-M2.7');
  });

  it('saves another pick in the place of the last one', async () => {
    const id = await service.addPick('opus');
    expectAnswer(await service.put(id, 'anthropic:claude-opus-4-7'), 200, saved('anthropic:claude-opus-4-7'));
    await expectStored(id, 'anthropic:claude-opus-4-7');
  });

  it('encrypts a row that was plain text, and notes when', async () => {
    const id = await service.addWorkspace();
    await service.storePick(id, 'opus', { version: 0 });
    await service.sql(
      "UPDATE workspace_secrets SET created_at = '2020-01-01Z', updated_at = '2020-01-01Z' WHERE workspace_id = $1",
      [id],
    );
    await service.put(id, 'opus');
    await expectStored(id, 'opus');
    expect(
      await service.sql(
        "SELECT created_at = '2020-01-01Z' AS kept, updated_at > now() - interval '1 hour' AS noted FROM workspace_secrets WHERE workspace_id = $1",
        [id],
      ),
    ).toEqual([{ kept: true, noted: true }]);
  });

  it('stores and answers the trimmed value', async () => {
    const id = await service.addWorkspace();
    expectAnswer(await service.put(id, ' \t opus[1m]\r\n'), 200, saved('opus[1m]'));
    await expectStored(id, 'opus[1m]');
  });

  it('gives back through GET whatever model id was saved, character for character', async () => {
    const id = await service.addWorkspace();
    await fc.assert(
      fc.asyncProperty(modelIds, async (model) => {
        expectAnswer(await service.put(id, model), 200, saved(model));
        expectAnswer(await service.get(id), 200, { model, source: 'workspace_secrets' });
      }),
      { numRuns: 25 },
    );
  });

  it('saves for the same workspace in either letter case of its id', async () => {
    const id = await service.addWorkspace();
    expectAnswer(await service.put(id.toUpperCase(), 'opus'), 200, saved('opus'));
    await expectStored(id, 'opus');
  });

  it('changes no other secret and no other workspace', async () => {
    const [id, other] = [await service.addWorkspace(), await service.addPick('other/model')];
    await service.storePick(id, 'sk-1', { key: 'ANTHROPIC_API_KEY' });
    await expectUnchanged(other, async () => {
      await expectUnchanged(id, async () => {
        await service.put(id, 'opus');
        await service.put(id, '');
      });
    });
  });

  it('takes a body without a content type', async () => {
    const id = await service.addWorkspace();
    const body = new TextEncoder().encode('{"model":"opus"}');
    expectAnswer(await service.putRaw(id, body), 200, saved('opus'));
  });

  it('takes a body that comes in base64, as API Gateway sends one of an unknown content type', async () => {
    const id = await service.addWorkspace();
    const type = { 'content-type': 'application/octet-stream' };
    expectAnswer(await service.putRaw(id, '{"model":"~anthropic/x"}', type), 200, saved('~anthropic/x'));
    await expectStored(id, '~anthropic/x');
  });

  it('takes a body of any other content type, and ignores its other fields', async () => {
    const id = await service.addWorkspace();
    const body = '{"MODEL_PROVIDER":"minimax","env":{"MODEL":"a/b"},"model":"@cf/x"}';
    expectAnswer(await service.putRaw(id, body, { 'content-type': 'text/plain' }), 200, saved('@cf/x'));
    await expectStored(id, '@cf/x');
  });

  it('saves and clears with one call to the database', async () => {
    const id = await service.addWorkspace();
    for (const model of ['opus', 'haiku', '', '']) {
      const calls = await service.callsDuring(() => service.put(id, model));
      expect(calls.filter(isDataApi)).toMatchObject([{ operation: 'ExecuteStatement', outcome: 'ok' }]);
    }
  });
});

describe('PUT with an empty model', () => {
  it.each(['', ' ', ' \t\r\n\u00a0'])('clears the pick at the model %j', async (model) => {
    const id = await service.addPick('opus');
    expectAnswer(await service.put(id, model), 200, cleared);
    expect(await service.rowsOf(id)).toEqual([]);
    expectAnswer(await service.get(id), 200, { model: '', source: 'default' });
  });

  it('clears where there is no pick, too', async () => {
    const id = await service.addWorkspace();
    expectAnswer(await service.put(id, ''), 200, cleared);
  });

  it('clears the pick of the same workspace in either letter case', async () => {
    const id = await service.addPick('opus');
    expectAnswer(await service.put(id.toUpperCase(), ''), 200, cleared);
    expect(await service.rowsOf(id)).toEqual([]);
  });

  it('clears without the key', async () => {
    const id = await service.addPick('opus');
    await service.coldStart();
    await service.withFault(isKeyFetch, error('AccessDeniedException', 400), async () => {
      expectAnswer(await service.put(id, ''), 200, { status: 'cleared' });
    });
  });

  it('answers 404 to a clear of a workspace that does not exist', async () => {
    expectRefused(await service.put(randomUUID(), ''), 404, 'WORKSPACE_NOT_FOUND');
  });
});

describe('PUT refuses', () => {
  const bodies = {
    'no body': undefined,
    'an empty body': '',
    'white space': ' ',
    'text that is not JSON': 'opus',
    'JSON that was cut': '{"model":"opus"',
    'JSON with more behind it': '{"model":"opus"}}',
    'a form': 'model=opus',
    'a string': '"opus"',
    null: 'null',
    'a number': '5',
    'an array': '["opus"]',
    'an array of objects': '[{"model":"opus"}]',
    'no model': '{}',
    'a field of another name': '{"Model":"opus"}',
    'a model that is null': '{"model":null}',
    'a model that is a number': '{"model":5}',
    'a model that is false': '{"model":false}',
    'a model that is an array': '{"model":["opus"]}',
    'a model that is an object': '{"model":{"id":"opus"}}',
    'a model that is inherited': '{"__proto__":{"model":"opus"}}',
  };

  it.each(Object.entries(bodies))('refuses %s where a body is due, and changes nothing', async (_, body) => {
    const id = await service.addPick('opus');
    await expectUnchanged(id, async () => {
      const message = expectRefused(await service.putRaw(id, body), 400, 'INVALID_REQUEST_BODY');
      expect(message).toContain('JSON object with a string "model"');
    });
  });

  it('refuses bytes that are no JSON, in base64, and changes nothing', async () => {
    const id = await service.addPick('opus');
    await expectUnchanged(id, async () => {
      const type = { 'content-type': 'application/octet-stream' };
      expectRefused(
        await service.putRaw(id, Buffer.from([0xff, 0x00, 0x7b]), type),
        400,
        'INVALID_REQUEST_BODY',
      );
    });
  });

  it('refuses an id that is no UUID', async () => {
    expectRefused(await service.put('1', 'opus'), 400, 'INVALID_WORKSPACE_ID');
  });

  it('refuses a workspace that does not exist, and makes no row', async () => {
    const id = randomUUID();
    expect(expectRefused(await service.put(id, 'opus'), 404, 'WORKSPACE_NOT_FOUND')).toContain(id);
    expect(await service.rowsOf(id)).toEqual([]);
  });

  it.each(['minimax', 'MiniMax', ' anthropic ', 'OPENAI'])(
    'refuses the provider slug %j, and changes nothing',
    async (slug) => {
      const id = await service.addPick('opus');
      await expectUnchanged(id, async () => {
        const answer = await service.put(id, slug);
        const message = expectRefused(answer, 422, 'PROVIDER_SLUG', { model: slug.trim() });
        expect(message).toContain('for example "minimax/MiniMax-M2.7"');
      });
    },
  );

  it.each(['claude-code', 'Hermes', 'LANGGRAPH'])(
    'refuses the runtime name %j, and changes nothing',
    async (runtime) => {
      const id = await service.addPick('opus');
      await expectUnchanged(id, async () => {
        const answer = await service.put(id, runtime);
        const message = expectRefused(answer, 422, 'RUNTIME_NAME', { model: runtime });
        expect(message).toContain('for example "minimax/MiniMax-M2.7"');
      });
    },
  );

  it.each([
    'two words',
    'opus;rm -rf',
    'opus\nMODEL=x',
    '"opus"',
    'modèle',
    '$(id)',
    'a\u0000b',
    '\u200bopus',
  ])('refuses the malformed id %j, and changes nothing', async (model) => {
    const id = await service.addPick('opus');
    await expectUnchanged(id, async () => {
      const message = expectRefused(await service.put(id, model), 422, 'MALFORMED_MODEL_ID', { model });
      expect(message).toContain('ASCII letters, digits and');
    });
  });

  it('refuses an id of 257 characters, quoting no more of it than an id can have', async () => {
    const id = await service.addPick('opus');
    expectAnswer(await service.put(id, 'm'.repeat(256)), 200, saved('m'.repeat(256)));
    await expectUnchanged(id, async () => {
      const answer = await service.put(id, 'm'.repeat(257));
      const message = expectRefused(answer, 422, 'MALFORMED_MODEL_ID', { model: 'm'.repeat(256) });
      expect(message).toContain('at most 256 characters; this has 257');
    });
  });
});

describe('where the deployment allows minimax and Kimi', () => {
  let allowing: Service;
  beforeAll(async () => {
    allowing = await startService({ allowedModelIds: 'minimax, Kimi' });
  });
  afterAll(() => allowing.close());

  it.each(['minimax', 'Kimi'])(
    'takes %s for a model id in PUT, GET and provision where the deployment allows it',
    async (model) => {
      const id = await allowing.addWorkspace();
      expectAnswer(await allowing.put(id, model), 200, saved(model));
      expectAnswer(await allowing.get(id), 200, { model, source: 'workspace_secrets' });
      expect(await allowing.provision({ workspace_id: id, runtime: 'hermes' })).toMatchObject({
        failed: false,
        result: { model, env: { MODEL: model } },
      });
    },
  );

  it('refuses an allowed name in another letter case, and every other name', async () => {
    const id = await allowing.addWorkspace();
    expectRefused(await allowing.put(id, 'MiniMax'), 422, 'PROVIDER_SLUG', { model: 'MiniMax' });
    expectRefused(await allowing.put(id, 'kimi'), 422, 'RUNTIME_NAME', { model: 'kimi' });
    expectRefused(await allowing.put(id, 'openai'), 422, 'PROVIDER_SLUG', { model: 'openai' });
  });
});

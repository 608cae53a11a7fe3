import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decrypt, parseEncryptionKey } from '../../../functions/secrets/cipher.ts';
import type { Fault } from '../../../local/aws/faults.ts';
import { expectAnswer, expectFailure, expectRefused, picked } from '../../helpers/claims.ts';
import { error, isDataApi, isKeyFetch } from '../../helpers/disturbances.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

beforeEach(async () => {
  service.rotateKey(service.encryptionKey);
  await service.coldStart();
});

const newKey = () => randomBytes(32).toString('base64');

const addDamagedPick = async (): Promise<string> => {
  const id = await service.addWorkspace();
  await service.storeBytes(id, Buffer.alloc(64), 1);
  return id;
};

const times = <Result>(count: number, action: () => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, action));

const keyFetchesDuring = async (action: () => Promise<unknown>) =>
  (await service.callsDuring(action)).filter(isKeyFetch);

describe('the encryption key', () => {
  it('fetches the encryption key once for many invocations', async () => {
    const id = await service.addPick('opus');
    const fetches = await keyFetchesDuring(async () => {
      for (let i = 0; i < 5; i += 1) {
        expectAnswer(await service.get(id), 200, picked('opus'));
      }
      await times(10, () => service.get(id));
    });
    expect(fetches).toHaveLength(1);
  });

  it('fetches the encryption key once where the first invocations come together', async () => {
    const id = await service.addPick('opus');
    const fetches = await keyFetchesDuring(() => times(10, () => service.get(id)));
    expect(fetches).toHaveLength(1);
  });

  it('fetches the encryption key once for many writes', async () => {
    const id = await service.addWorkspace();
    const fetches = await keyFetchesDuring(async () => {
      for (const model of ['opus', 'haiku', 'sonnet']) {
        await service.put(id, model);
      }
    });
    expect(fetches).toHaveLength(1);
  });

  it('fetches the encryption key while the query still runs', async () => {
    const id = await service.addPick('opus');
    const callsBefore = service.aws.calls.length;
    const outcomes = () => {
      const made = service.aws.calls.slice(callsBefore);
      return { key: made.find(isKeyFetch)?.outcome, query: made.find(isDataApi)?.outcome };
    };

    const answer = await service.hold('workspace_secrets', async () => {
      const asked = service.get(id);
      await eventually('a fetched key beside a running query', outcomes).toEqual({
        key: 'ok',
        query: 'pending',
      });
      return { asked };
    });
    expectAnswer(await answer.asked, 200, picked('opus'));
  });

  it('sends the query without waiting for the encryption key', async () => {
    const id = await service.addPick('opus');
    const callsBefore = service.aws.calls.length;
    const fetchedBeforeQuery = await new Promise((resolve) => {
      service.aws.onCall = (call) => {
        const made = service.aws.calls.slice(callsBefore);
        if (isDataApi(call)) {
          resolve(made.some((each) => isKeyFetch(each) && each.outcome === 'ok'));
        }
        return isKeyFetch(call) ? { kind: 'delay', ms: 500 } : undefined;
      };
      service.get(id);
    });
    service.aws.onCall = undefined;
    expect(fetchedBeforeQuery).toBe(false);
  });

  it('answers a row in plain text without waiting for the encryption key', async () => {
    const id = await service.addPick('opus', { version: 0 });
    await service.withFault(isKeyFetch, { kind: 'delay', ms: 1_500 }, async () => {
      expectAnswer(await service.get(id), 200, picked('opus'));
      expect(service.aws.calls.findLast(isKeyFetch)?.outcome).not.toBe('ok');
    });
  });

  it('fetches no encryption key for a refused request, once the functions have started', async () => {
    const id = await service.addPick('opus');
    await Promise.all([
      service.get(id),
      service.put(id, 'opus'),
      service.provision({ workspace_id: id, runtime: 'hermes' }),
    ]);
    const fetches = await keyFetchesDuring(async () => {
      expectRefused(await service.put(id, 'minimax'), 422, 'PROVIDER_SLUG', { model: 'minimax' });
      expectRefused(await service.get('1'), 400, 'INVALID_WORKSPACE_ID');
      const refused = { workspace_id: id, runtime: 'hermes', model: 'minimax' };
      expectFailure(await service.provision(refused), 'ModelRefusedError');
    });
    expect(fetches).toEqual([]);
  });
});

describe('after the key was rotated', () => {
  /** Somebody else's pick under a new key, after the function has learned the previous key by `use`. */
  const pickUnderNewKey = async (use: (id: string) => Promise<unknown>): Promise<string> => {
    const [first, second, secretString] = [
      await service.addPick('opus'),
      await service.addWorkspace(),
      newKey(),
    ];
    await use(first);
    service.rotateKey(secretString);
    await service.storePick(second, 'haiku', { secretString });
    return second;
  };

  it('reads a value written with a new key by one more fetch and no further query', async () => {
    const second = await pickUnderNewKey(service.get);

    const calls = await service.callsDuring(async () => {
      expectAnswer(await service.get(second), 200, picked('haiku'));
    });
    expect(calls.map(({ operation }) => operation)).toEqual(['ExecuteStatement', 'GetSecretValue']);
    expect(await keyFetchesDuring(() => service.get(second))).toEqual([]);
  });

  it('provisions a value written with a new key', async () => {
    const provision = (id: string) => service.provision({ workspace_id: id, runtime: 'hermes' });
    const second = await pickUnderNewKey(provision);
    expect(await provision(second)).toMatchObject({
      failed: false,
      result: { model: 'haiku' },
    });
  });

  it('fetches a new key once for many invocations that need it together', async () => {
    const second = await pickUnderNewKey(service.get);

    const fetches = await keyFetchesDuring(async () => {
      for (const answer of await times(10, () => service.get(second))) {
        expectAnswer(answer, 200, picked('haiku'));
      }
    });
    expect(fetches).toHaveLength(1);
  });

  it('fails at a value that neither key decrypts, with one more fetch once the previous key is known', async () => {
    const [id, damaged] = [await service.addPick('opus'), await addDamagedPick()];
    await service.get(id);
    const fetchesOf = () =>
      keyFetchesDuring(async () => expectRefused(await service.get(damaged), 500, 'DECRYPT_FAILED'));
    expect(await fetchesOf()).toHaveLength(2);
    expect(await fetchesOf()).toHaveLength(1);
  });

  it('reads a value written with the previous key, for a new environment and for one that knew it alone', async () => {
    const id = await service.addPick('opus');
    await service.get(id);
    service.rotateKey(newKey());
    expectAnswer(await service.get(id), 200, picked('opus'));

    await service.coldStart();
    const fetches = await keyFetchesDuring(async () => {
      for (let i = 0; i < 3; i += 1) {
        expectAnswer(await service.get(id), 200, picked('opus'));
      }
    });
    // The current key, the current one once more, the one before; then both are kept.
    expect(fetches).toHaveLength(3);
  });

  it('saves nothing that a new environment cannot read, although the writer has the previous key', async () => {
    const [first, second] = [await service.addWorkspace(), await service.addWorkspace()];
    await service.put(first, 'opus');
    service.rotateKey(newKey());
    expectAnswer(await service.put(second, 'haiku'), 200, { status: 'saved', model: 'haiku' });

    await service.coldStart();
    expectAnswer(await service.get(first), 200, picked('opus'));
    expectAnswer(await service.get(second), 200, picked('haiku'));
  });

  it('reads nothing with the key before the previous one', async () => {
    const id = await service.addPick('opus');
    service.rotateKey(newKey());
    service.rotateKey(newKey());
    expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
  });

  it('answers DECRYPT_FAILED for a damaged value even where the key can no longer be fetched', async () => {
    const [id, damaged] = [await service.addPick('opus'), await addDamagedPick()];
    await service.get(id);
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    // So that all of them meet while the key is being fetched.
    await service.withFault(isKeyFetch, { kind: 'delay', ms: 500 }, async () => {
      for (const answer of await times(10, () => service.get(damaged))) {
        expectRefused(answer, 500, 'DECRYPT_FAILED');
      }
    });
  });
});

describe('without a usable key', () => {
  const withoutKey: Record<string, [() => unknown, string]> = {
    'the secret is gone': [
      () => service.aws.secrets.remove(service.encryptionKeySecretArn),
      'SECRET_UNREADABLE',
    ],
    'the secret holds no 32 bytes': [() => service.rotateKey('too short'), 'ENCRYPTION_KEY_UNUSABLE'],
    'the secret holds nothing': [() => service.rotateKey(''), 'ENCRYPTION_KEY_UNUSABLE'],
  };

  it.each(Object.entries(withoutKey))('writes nothing where %s', async (_, [lose, code]) => {
    const id = await service.addPick('opus');
    const before = await service.rowsOf(id);
    lose();
    const calls = await service.callsDuring(async () => {
      expectRefused(await service.put(id, 'haiku'), 500, code);
    });
    expect(calls.filter(isDataApi)).toEqual([]);
    expect(await service.rowsOf(id)).toEqual(before);
  });

  it.each(Object.entries(withoutKey))('refuses to read an encrypted pick where %s', async (_, [lose]) => {
    const id = await service.addPick('opus');
    lose();
    expectRefused(await service.get(id), 500, 'DECRYPT_FAILED');
    const message = expectFailure(
      await service.provision({ workspace_id: id, runtime: 'hermes' }),
      'DecryptError',
    );
    expect(message).toContain('the encryption key cannot be read');
  });

  it('clears a pick, and reads a workspace without one, while there is no key', async () => {
    const id = await service.addPick('opus');
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    expectAnswer(await service.put(id, ''), 200, { status: 'cleared' });
    expectAnswer(await service.get(id), 200, { model: '', source: 'default' });
  });

  it('fetches the encryption key again for the request after a failed fetch', async () => {
    const id = await service.addWorkspace();
    await service.withFault(isKeyFetch, error('AccessDeniedException', 400), async () => {
      expectRefused(await service.put(id, 'opus'), 500, 'SECRET_UNREADABLE');
    });
    expectAnswer(await service.put(id, 'opus'), 200, { status: 'saved', model: 'opus' });
  });
});

describe('a Secrets Manager that does not serve', () => {
  const faults: Record<string, Fault> = {
    'throttles for ever': error('ThrottlingException', 400),
    'fails for ever': error('InternalServiceError', 500),
    'is a page of HTML': { kind: 'answer', status: 502, body: '<html>', contentType: 'text/html' },
    'answers with something else': { kind: 'answer', status: 200, body: '<html>', contentType: 'text/html' },
    'breaks every connection': { kind: 'dropped-request' },
    'sends the headers of its answers and nothing more': { kind: 'stalled-answer' },
  };

  it.each(Object.entries(faults))('is unavailable for reads and writes where it %s', async (_, fault) => {
    const id = await service.addPick('opus');
    const before = await service.rowsOf(id);
    await service.withFault(isKeyFetch, fault, async () => {
      const [get, put, provision] = await Promise.all([
        service.get(id),
        service.put(id, 'haiku'),
        service.provision({ workspace_id: id, runtime: 'hermes' }),
      ]);
      for (const answer of [get, put]) {
        expectRefused(answer, 503, 'SECRET_UNAVAILABLE');
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expectFailure(provision, 'SecretUnavailableError');
    });
    expect(await service.rowsOf(id)).toEqual(before);
    expectAnswer(await service.get(id), 200, picked('opus'));
  });
});

describe('a Secrets Manager that stops serving', () => {
  const list = async () => {
    const response = await fetch(`${service.api}/workspaces/models`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('leaves readable what the kept key opens; of a value that it does not open nobody knows', async () => {
    await service.sql('TRUNCATE workspaces CASCADE');
    const [id, damaged] = [await service.addPick('opus'), await addDamagedPick()];
    await service.get(id);
    expect((await list()).text).toContain('"code":"UNREADABLE"');
    await service.withFault(isKeyFetch, error('InternalServiceError', 500), async () => {
      for (const refused of [await service.get(damaged), await list()]) {
        expectRefused(refused, 503, 'SECRET_UNAVAILABLE');
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expectAnswer(await service.get(id), 200, picked('opus'));
      await service.sql(`DELETE FROM workspace_secrets WHERE workspace_id = '${damaged}'`);
      expect((await list()).status).toBe(200);
    });
  });
});

describe('the two forms of a key', () => {
  it.each([
    ['base64 of 32 bytes', newKey()],
    ['32 raw bytes', randomBytes(16).toString('hex')],
  ])('writes and reads with a key in the form of %s', async (_, secretString) => {
    service.rotateKey(secretString);
    const id = await service.addWorkspace();
    await service.put(id, 'opus');
    expectAnswer(await service.get(id), 200, picked('opus'));
    const texts = (await service.rowsOf(id)).map((row) =>
      decrypt(parseEncryptionKey(secretString), row.encrypted_value),
    );
    expect(texts).toEqual(['opus']);
  });
});

// The encryption key as one instance of a function keeps it, in the test's own process.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { encrypt, parseEncryptionKey } from '../../../../functions/secrets/cipher.ts';
import { EncryptionKey } from '../../../../functions/secrets/encryption-key.ts';
import type { Fault } from '../../../../local/aws/faults.ts';
import { error, isKeyFetch } from '../../../helpers/disturbances.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { type Service, startService, stubAwsEnvironment } from '../../../helpers/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const newKey = () => randomBytes(32).toString('base64');
const times = <Result>(count: number, action: () => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, action));
const keyFetchesDuring = async (action: () => Promise<unknown>) =>
  (await service.callsDuring(action)).filter(isKeyFetch);
/** A pick as it is stored: encrypted with the key of `secretString`. */
const stored = (secretString: string, model: string) => ({
  encryptedValue: encrypt(parseEncryptionKey(secretString), model),
  encryptionVersion: 1,
});
const plain = (model: string) => ({ encryptedValue: Buffer.from(model), encryptionVersion: 0 });

describe('the key of one instance', () => {
  let key: EncryptionKey;
  beforeEach(() => {
    stubAwsEnvironment(service);
    service.rotateKey(service.encryptionKey);
    key = new EncryptionKey(service.encryptionKeySecretArn);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('is fetched anew within the request where the fetch at the start of the function died', async () => {
    const ATTEMPTS_OF_SDK = 3;
    let died = 0;
    await service.withFault(
      (call) => isKeyFetch(call) && ++died <= ATTEMPTS_OF_SDK,
      { kind: 'dropped-request', reset: true },
      async () => {
        key.fetchEarly();
        expect((await key.current()).export()).toEqual(Buffer.from(service.encryptionKey, 'base64'));
      },
    );
    expect(died).toBeGreaterThan(ATTEMPTS_OF_SDK);
  });

  it('is fetched once where it is wanted after the start', async () => {
    const fetches = await keyFetchesDuring(async () => {
      key.fetchEarly();
      await times(10, () => key.current());
    });
    expect(fetches).toHaveLength(1);
  });

  it('is too old for a writer after a minute in which the function was frozen, and its own clock with it', async () => {
    const now = Date.now();
    const standing = vi.spyOn(performance, 'now').mockReturnValue(1);
    key.fetchEarly();
    await key.current();
    vi.spyOn(Date, 'now').mockReturnValue(now + 61_000);
    expect(await keyFetchesDuring(() => key.current())).toHaveLength(1);
    expect(standing).toHaveBeenCalled();
  });

  it('keeps the encryption key for a minute of writing and no longer, whatever the clock on the wall shows', async () => {
    const fetchesAt = async (ms: number): Promise<number> => {
      vi.spyOn(performance, 'now').mockReturnValue(ms);
      vi.spyOn(Date, 'now').mockReturnValue(-ms);
      return (await keyFetchesDuring(() => key.current())).length;
    };
    expect(await fetchesAt(1)).toBe(1);
    expect(await fetchesAt(60_000)).toBe(0);
    expect(await fetchesAt(60_001)).toBe(1);
    expect(await fetchesAt(120_000)).toBe(0);
  });

  it('keeps the encryption key for reading as long as it opens what is read', async () => {
    await key.current();
    vi.spyOn(performance, 'now').mockReturnValue(Number.MAX_SAFE_INTEGER);
    expect(await keyFetchesDuring(() => key.open(stored(service.encryptionKey, 'opus')))).toEqual([]);
  });

  it('fetches a rotated key once for all that fail to decrypt at the same moment', async () => {
    const secretString = newKey();
    await key.current();
    service.rotateKey(secretString);
    const fetches = await keyFetchesDuring(async () => {
      expect(await times(10, () => key.open(stored(secretString, 'opus')))).toEqual(Array(10).fill('opus'));
    });
    expect(fetches).toHaveLength(1);
  });

  it('is not fetched for what is stored in plaintext, nor for nothing', async () => {
    const fetches = await keyFetchesDuring(async () => {
      expect(await key.openAll([plain('opus'), undefined, plain('haiku')])).toEqual([
        'opus',
        undefined,
        'haiku',
      ]);
      expect(await key.openAll([])).toEqual([]);
    });
    expect(fetches).toEqual([]);
  });

  it('is fetched once ahead of its use, whose failure is told where it is needed', async () => {
    const asked = () => service.aws.calls.filter(isKeyFetch).length;
    const before = asked();
    await service.withFault(isKeyFetch, error('AccessDeniedException', 400), async () => {
      key.prefetch();
      key.prefetch();
      await eventually('the fetch of the key', asked).toBe(before + 1);
      await expect(key.openAll([stored(service.encryptionKey, 'opus')])).rejects.toThrow(
        expect.objectContaining({
          message: 'The stored value cannot be decrypted: the encryption key cannot be read.',
          cause: expect.objectContaining({ name: 'SecretError' }),
        }),
      );
    });
  });

  it('opens what the previous key has encrypted, among values of every kind, and then keeps both', async () => {
    const [before, after] = [service.encryptionKey, newKey()];
    await key.current();
    service.rotateKey(after);
    const values = [stored(before, 'opus'), undefined, plain('haiku'), stored(after, 'sonnet')];
    const fetchesToOpen = async () => {
      const fetches = await keyFetchesDuring(async () => {
        expect(await key.openAll(values)).toEqual(['opus', undefined, 'haiku', 'sonnet']);
      });
      return fetches.length;
    };
    // The new key; then once more the newest, which might have been replaced again, and the one before it; then none.
    expect([await fetchesToOpen(), await fetchesToOpen(), await fetchesToOpen()]).toEqual([1, 2, 0]);
  });

  it('opens what either key encrypted after it was replaced twice, and nothing of the oldest one', async () => {
    const [oldest, before, current] = [newKey(), newKey(), newKey()];
    for (const secretString of [oldest, before]) {
      service.rotateKey(secretString);
      expect(await key.openAll([stored(secretString, 'opus')])).toEqual(['opus']);
    }
    service.rotateKey(current);
    const values = [oldest, before, current].map((secretString) => stored(secretString, 'opus'));
    expect(await key.openAll(values)).toEqual([undefined, 'opus', 'opus']);
    await expect(key.open(stored(oldest, 'opus'))).rejects.toThrow(
      'The stored value does not decrypt with the current encryption key.',
    );
  });

  it('opens nothing of an unknown form, beside what it does open', async () => {
    const unknown = { ...stored(service.encryptionKey, 'opus'), encryptionVersion: 2 };
    expect(await key.openAll([unknown, stored(service.encryptionKey, 'haiku')])).toEqual([
      undefined,
      'haiku',
    ]);
    await expect(key.open(unknown)).rejects.toThrow('encryption_version 2');
  });

  it.each([
    ['cannot be reached', error('InternalServiceError', 500), 'SecretUnavailableError'],
    ['may not be read', error('AccessDeniedException', 400), 'DecryptError'],
  ])('fails a reader where it %s, and is fetched again for the next one', async (_, fault, name) => {
    const value = stored(service.encryptionKey, 'opus');
    await service.withFault(isKeyFetch, fault, async () => {
      await expect(key.openAll([value])).rejects.toMatchObject({ name });
    });
    expect(await key.openAll([value])).toEqual(['opus']);
  });

  it.each<[string, Fault, string]>([
    ['could not be fetched', error('InternalServiceError', 500), 'SecretUnavailableError'],
    ['was refused', error('AccessDeniedException', 400), 'DecryptError'],
    ['did not decrypt', error('DecryptionFailure', 400), 'DecryptError'],
    ['was answered without a value', { kind: 'answer', status: 200, body: '{}' }, 'DecryptError'],
  ])('is asked for again where the one before %s for the first reader', async (_, fault, name) => {
    const value = stored(service.encryptionKey, 'opus');
    service.rotateKey(newKey());
    await key.current();
    // The reader fetches the current key anew, then the one before, up to three times by the SDK.
    let fetches = 0;
    await service.withFault(
      (call) => isKeyFetch(call) && ++fetches > 1,
      fault,
      async () => {
        await expect(key.openAll([value])).rejects.toMatchObject({ name });
      },
    );
    expect(await key.openAll([value])).toEqual(['opus']);
  });

  it('opens what the previous key encrypts also where its stages were moved back, ten seconds later', async () => {
    const [oldest, before, latest] = [newKey(), newKey(), newKey()];
    service.rotateKey(oldest);
    service.rotateKey(before);
    expect(await key.openAll([stored(oldest, 'opus')])).toEqual(['opus']);
    service.rotateKey(latest);
    service.moveKeyBack();
    const value = stored(latest, 'haiku');
    const now = Date.now();
    const openedAfter = async (ms: number) => {
      vi.spyOn(Date, 'now').mockReturnValue(now + ms);
      return key.openAll([value]);
    };
    expect(await openedAfter(0)).toEqual([undefined]);
    expect(await openedAfter(11_000)).toEqual(['haiku']);
  });

  it.each<[string, Fault, string]>([
    ['cannot be fetched', error('InternalServiceError', 500), 'SecretUnavailableError'],
    ['may not be read', error('AccessDeniedException', 400), 'DecryptError'],
  ])('is kept for readers where a newer one %s', async (_, fault, name) => {
    const [good, damaged] = [stored(service.encryptionKey, 'opus'), stored(newKey(), 'haiku')];
    await key.current();
    await service.withFault(isKeyFetch, fault, async () => {
      await expect(key.openAll([good, damaged])).rejects.toMatchObject({ name });
      expect(await keyFetchesDuring(async () => expect(await key.openAll([good])).toEqual(['opus']))).toEqual(
        [],
      );
    });
  });

  it('is kept for readers, and for no writer, where it is a minute old and cannot be fetched', async () => {
    const good = stored(service.encryptionKey, 'opus');
    await key.current();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 61_000);
    await service.withFault(isKeyFetch, error('InternalServiceError', 500), async () => {
      await expect(key.current()).rejects.toMatchObject({ name: 'SecretUnavailableError' });
      expect(await key.openAll([good])).toEqual(['opus']);
      await expect(key.current()).rejects.toMatchObject({ name: 'SecretUnavailableError' });
    });
    expect(await keyFetchesDuring(() => key.current())).toHaveLength(1);
  });

  it('fetches the one before once for what nothing opens, and the newest each time', async () => {
    const value = stored(newKey(), 'opus');
    service.rotateKey(newKey());
    await key.current();
    const fetchesToOpen = async () =>
      (await keyFetchesDuring(async () => expect(await key.openAll([value])).toEqual([undefined]))).length;
    expect([await fetchesToOpen(), await fetchesToOpen(), await fetchesToOpen()]).toEqual([2, 1, 1]);
  });

  it('opens nothing where the value before is no key', async () => {
    service.rotateKey('not a key');
    service.rotateKey(newKey());
    expect(await key.openAll([stored(service.encryptionKey, 'opus')])).toEqual([undefined]);
  });

  it('opens nothing where there is no value before', async () => {
    service.aws.secrets.remove(service.encryptionKeySecretArn);
    service.rotateKey(service.encryptionKey);
    expect(await key.openAll([stored(newKey(), 'opus')])).toEqual([undefined]);
  });

  it('is not tried again at the start of a function where it may not be read', async () => {
    const fetches = await keyFetchesDuring(() =>
      service.withFault(isKeyFetch, error('AccessDeniedException', 400), async () => {
        key.fetchEarly();
        await expect(key.current()).rejects.toMatchObject({ name: 'SecretError' });
      }),
    );
    expect(fetches).toHaveLength(1);
  });
});

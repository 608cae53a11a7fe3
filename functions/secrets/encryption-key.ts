// The encryption key, kept across invocations, and stored values turned back into text with it.
//
// How the key is replaced while the service runs. Secrets Manager keeps the value before as AWSPREVIOUS.
// 1. Somebody gives the secret a new value. From then on readers open what either of both encrypted: a value that the kept
//    keys do not open makes a reader fetch them again.
// 2. A writer goes on with the value before for at most MAX_WRITER_AGE_MS, and what it began then is settled after another
//    half a minute. What it saves in that time opens as AWSPREVIOUS does, so nothing saved is unreadable.
// 3. After these 90 s all that is written is written with the new value. reencrypt.ts, run then, moves every row to it.
// 4. Only then may the secret be given a next value, which ends the oldest one: nothing needs it any more.
import type { KeyObject } from 'node:crypto';
import { PLAINTEXT_VERSION, parseEncryptionKey, plaintextOf, textOf } from './cipher.ts';
import { DecryptError, SecretUnavailableError } from './errors.ts';
import { readVersion } from './secrets-manager.ts';

/** Readers need no such limit: they notice by themselves that they have the wrong key. */
export const MAX_WRITER_AGE_MS = 60_000;

export interface StoredValue {
  encryptedValue: Uint8Array;
  encryptionVersion: number;
}

interface Key {
  versionId: string;
  key: KeyObject;
}

interface FetchedKey {
  current: Promise<Key>;
  /** By the monotonic clock, which nobody sets, and by the wall clock, which goes on while Lambda has the function frozen. */
  fetchedAt: { monotonic: number; wall: number };
}

const ageOf = ({ fetchedAt }: FetchedKey): number =>
  Math.max(performance.now() - fetchedAt.monotonic, Date.now() - fetchedAt.wall);

export class EncryptionKey {
  readonly #secretArn: string;
  #fetched: FetchedKey | undefined;
  /** The key before, and the version that it came before. */
  #previous: { before: string; key: Promise<KeyObject | undefined> } | undefined;

  constructor(secretArn: string) {
    this.#secretArn = secretArn;
  }

  /** The key to write with, at most a minute old. @throws EncryptionKeyError, SecretError, SecretUnavailableError */
  async current(): Promise<KeyObject> {
    const kept = this.#fetched;
    const isYoung = kept !== undefined && ageOf(kept) < MAX_WRITER_AGE_MS;
    return (await (isYoung ? kept : this.#fetch()).current).key;
  }

  /**
   * Fetches the key while the function starts, when no request waits for it. Lambda may freeze a function after its start
   * for any time, which the fetch does not survive: it is then made anew, within the request.
   */
  fetchEarly(): void {
    const again = (error: unknown): Promise<Key> => {
      if (error instanceof SecretUnavailableError) {
        return this.#read();
      }
      throw error;
    };
    this.#keep(this.#read().catch(again));
  }

  /**
   * Starts to fetch the key where none is kept, so that it arrives beside a query that may need it. Its failure shows
   * where the key is needed: a row in plaintext needs none.
   */
  prefetch(): void {
    this.#kept().current.catch(() => {});
  }

  /**
   * The text of a stored value, encrypted with the current key or with the one before.
   * @throws DecryptError, or SecretUnavailableError where the key cannot be fetched at the moment
   */
  async open(encryptedValue: Uint8Array, encryptionVersion: number): Promise<string> {
    const [text] = await this.openAll([{ encryptedValue, encryptionVersion }]);
    // Tried once more for the error that says why.
    return text ?? textOf(encryptedValue, encryptionVersion, (await readable(this.#kept().current)).key);
  }

  /**
   * Many stored values at once: the key is fetched anew once for all that the kept ones do not open. Undefined for what
   * nothing opens, and for what there is not.
   * @throws DecryptError where the key cannot be read, SecretUnavailableError where it cannot be fetched at the moment
   */
  async openAll(values: readonly (StoredValue | undefined)[]): Promise<(string | undefined)[]> {
    if (values.every((value) => value === undefined || value.encryptionVersion === PLAINTEXT_VERSION)) {
      return values.map((value) => value && plaintextOf(value.encryptedValue));
    }
    const tried = this.#kept();
    const current = await readable(tried.current);
    const before = this.#previous?.before === current.versionId ? await this.#previous.key : undefined;
    const texts = values.map((value) => openOne(value, [current.key, before]));
    if (texts.every((text, index) => text !== undefined || values[index] === undefined)) {
      return texts;
    }
    // Several requests may find this out at once: the first of them fetches, the others wait for the same answer.
    const renewed = await readable((this.#fetched === tried ? this.#fetch() : this.#kept()).current);
    const again = texts.map((text, index) => text ?? openOne(values[index], [renewed.key]));
    if (again.every((text, index) => text !== undefined || values[index] === undefined)) {
      return again;
    }
    const previous = await this.#previousOf(renewed).catch(unreadable);
    return again.map((text, index) => text ?? openOne(values[index], [previous]));
  }

  #kept(): FetchedKey {
    return this.#fetched ?? this.#fetch();
  }

  #fetch(): FetchedKey {
    return this.#keep(this.#read());
  }

  async #read(): Promise<Key> {
    const { id, value } = await readVersion(this.#secretArn, 'AWSCURRENT');
    return { versionId: id, key: parseEncryptionKey(value) };
  }

  #keep(current: Promise<Key>): FetchedKey {
    const fetched = { current, fetchedAt: { monotonic: performance.now(), wall: Date.now() } };
    this.#fetched = fetched;
    // A failed fetch is not kept: the next request tries again.
    current.catch(() => {
      if (this.#fetched === fetched) {
        this.#fetched = undefined;
      }
    });
    return fetched;
  }

  /** Fetched once for each current version: what came before it never changes. */
  #previousOf({ versionId }: Key): Promise<KeyObject | undefined> {
    if (this.#previous?.before !== versionId) {
      const key = readPrevious(this.#secretArn);
      const previous = { before: versionId, key };
      this.#previous = previous;
      key.catch(() => {
        if (this.#previous === previous) {
          this.#previous = undefined;
        }
      });
    }
    return this.#previous.key;
  }
}

/** A secret that was never changed has no value before, and what is no key opens nothing. */
export const readPrevious = async (secretArn: string): Promise<KeyObject | undefined> => {
  try {
    return parseEncryptionKey((await readVersion(secretArn, 'AWSPREVIOUS')).value);
  } catch (error) {
    if (error instanceof SecretUnavailableError) {
      throw error;
    }
    return undefined;
  }
};

/** With the first key that opens it. */
const openOne = (
  value: StoredValue | undefined,
  keys: readonly (KeyObject | undefined)[],
): string | undefined => {
  for (const key of keys) {
    try {
      if (value !== undefined && key !== undefined) {
        return textOf(value.encryptedValue, value.encryptionVersion, key);
      }
    } catch (error) {
      if (!(error instanceof DecryptError)) {
        throw error;
      }
    }
  }
  return undefined;
};

/** What a failed fetch means to a reader. */
const unreadable = (cause: unknown): never => {
  if (cause instanceof SecretUnavailableError) {
    throw cause;
  }
  throw new DecryptError('The stored value cannot be decrypted: the encryption key cannot be read.', {
    cause,
  });
};

const readable = (key: Promise<Key>): Promise<Key> => key.catch(unreadable);

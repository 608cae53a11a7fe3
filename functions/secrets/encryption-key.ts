// The encryption key, kept across invocations for five minutes, and stored values turned back into text with it.
import type { KeyObject } from 'node:crypto';
import { PLAINTEXT_VERSION, parseEncryptionKey, plaintextOf, textOf } from './cipher.ts';
import { DecryptError } from './errors.ts';
import { readSecret } from './secrets-manager.ts';

const MAX_AGE_MS = 5 * 60_000;

interface FetchedKey {
  key: Promise<KeyObject>;
  fetchedAt: number;
}

export class EncryptionKey {
  #secretArn: string;
  #fetched: FetchedKey | undefined;

  constructor(secretArn: string) {
    this.#secretArn = secretArn;
  }

  /** The key, fetched where none younger than five minutes is kept. @throws EncryptionKeyError */
  current(): Promise<KeyObject> {
    return this.#kept().key;
  }

  /**
   * Starts to fetch the key where none is kept, so that it arrives beside a query that may need it. A failure is
   * nobody's concern until `current()` is awaited: a row in plaintext needs no key.
   */
  prefetch(): void {
    this.current().catch(() => {});
  }

  /**
   * The text of a stored value. Where it does not decrypt, the key is fetched once more, for it may have been rotated.
   * @throws DecryptError
   */
  async open(encryptedValue: Uint8Array, encryptionVersion: number): Promise<string> {
    if (encryptionVersion === PLAINTEXT_VERSION) {
      return plaintextOf(encryptedValue);
    }
    const tried = this.#kept();
    const key = await readable(tried);
    try {
      return textOf(encryptedValue, encryptionVersion, key);
    } catch {
      // Several requests may find this out at once: the first of them fetches, the others wait for the same answer.
      const renewed = this.#fetched === tried ? this.#fetch() : this.#kept();
      return textOf(encryptedValue, encryptionVersion, await readable(renewed));
    }
  }

  #kept(): FetchedKey {
    const kept = this.#fetched;
    return kept !== undefined && Date.now() - kept.fetchedAt < MAX_AGE_MS ? kept : this.#fetch();
  }

  #fetch(): FetchedKey {
    const key = readSecret(this.#secretArn).then(parseEncryptionKey);
    const fetched = { key, fetchedAt: Date.now() };
    this.#fetched = fetched;
    // A failed fetch is not kept: the next request tries again.
    key.catch(() => {
      if (this.#fetched === fetched) {
        this.#fetched = undefined;
      }
    });
    return fetched;
  }
}

/** The key of a fetch, or what its failure means to a reader. */
const readable = ({ key }: FetchedKey): Promise<KeyObject> =>
  key.catch((cause) => {
    throw new DecryptError('The stored value cannot be decrypted: the encryption key cannot be read.', {
      cause,
    });
  });

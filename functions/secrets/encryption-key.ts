// The encryption key, kept across invocations, and stored values turned back into text with it.
//
// How the key is replaced while the service runs. Secrets Manager keeps the value before as AWSPREVIOUS.
// 1. Somebody gives the secret a new value. From then on readers open what either of both encrypted: a value that the kept
//    keys do not open makes a reader fetch them again.
// 2. A writer goes on with the value before for at most MAX_WRITER_AGE_MS, and what it began then is settled after another
//    half a minute. What it saves in that time opens as AWSPREVIOUS does, so nothing saved is unreadable.
// 3. After these 90 s all that is written is written with the new value. reencrypt.ts, run then, moves every row to it; the
//    command waits for them by itself.
// 4. Only then may the secret be given a next value, which ends the oldest one: nothing needs it any more.
import type { KeyObject } from 'node:crypto';
import { PLAINTEXT_VERSION, parseEncryptionKey, plaintextOf, type StoredValue, textOf } from './cipher.ts';
import { DecryptError, EncryptionKeyError, NoSecretStringError, SecretUnavailableError } from './errors.ts';
import { Kept } from './kept.ts';
import { readVersion, type Stage } from './secrets-manager.ts';

/** Readers need no such limit: they notice by themselves that they have the wrong key. */
export const MAX_WRITER_AGE_MS = 60_000;
/**
 * What came before a version changes where somebody moves the stages of the secret back. So it is asked for again before a
 * value is given up, and not for each of them: damaged rows stay for good.
 */
const MAX_PREVIOUS_AGE_MS = 10_000;

export interface Key {
  versionId: string;
  key: KeyObject;
}

export class EncryptionKey {
  readonly #secretArn: string;
  readonly #current: Kept<Key>;
  /** The previous key, and the version that it came before. */
  #previous: { before: string; kept: Kept<Key | undefined> } | undefined;

  constructor(secretArn: string) {
    this.#secretArn = secretArn;
    this.#current = new Kept(() => readCurrent(secretArn));
  }

  /** The key to write with, at most a minute old. @throws EncryptionKeyError, SecretError, SecretUnavailableError */
  async current(): Promise<KeyObject> {
    return (await this.#current.youngerThan(MAX_WRITER_AGE_MS)).value.key;
  }

  /**
   * Fetches the key while the function starts, when no request waits for it. Lambda may freeze a function after its start
   * for any time, which the fetch does not survive: it is then made anew, within the request.
   */
  fetchEarly(): void {
    const read = () => readCurrent(this.#secretArn);
    const again = (error: unknown): Promise<Key> => {
      if (error instanceof SecretUnavailableError) {
        return read();
      }
      throw error;
    };
    this.#current.fetch(() => read().catch(again));
  }

  /**
   * Starts to fetch the key where none is kept, so that it arrives beside a query that may need it. Its failure shows
   * where the key is needed: a row in plaintext needs none.
   */
  prefetch(): void {
    this.#current.any().catch(() => {});
  }

  /**
   * The text of a stored value, encrypted with the current key or with the previous one.
   * @throws DecryptError, or SecretUnavailableError where the key cannot be fetched at the moment
   */
  async open(value: StoredValue): Promise<string> {
    const [text] = await this.openAll([value]);
    // Tried once more for the error that says why.
    return text ?? textOf(value, (await readable(this.#current.any())).value.key);
  }

  /**
   * Many stored values at once: the key is fetched anew once for all that the kept ones do not open. Undefined for what
   * nothing opens, and for what there is not. What the kept keys do not open while no key can be fetched fails them all:
   * nobody knows then whether it is readable.
   * @throws DecryptError where the key cannot be read, SecretUnavailableError where it cannot be fetched at the moment
   */
  async openAll(values: readonly (StoredValue | undefined)[]): Promise<(string | undefined)[]> {
    if (values.every((value) => value === undefined || value.encryptionVersion === PLAINTEXT_VERSION)) {
      return values.map((value) => value && plaintextOf(value.encryptedValue));
    }
    const isDone = (texts: readonly (string | undefined)[]) =>
      texts.every((text, index) => text !== undefined || values[index] === undefined);

    const tried = await readable(this.#current.any());
    const texts = values.map((value) => openOne(value, this.#keysWith(tried.value)));
    if (isDone(texts)) {
      return texts;
    }
    // Several requests may find this out at once: the first of them fetches, the others wait for the same answer.
    const { value: renewed } = await readable(this.#current.otherThan(tried));
    const again = texts.map((text, index) => text ?? openOne(values[index], this.#keysWith(renewed)));
    if (isDone(again)) {
      return again;
    }
    const { value: previous } = await readable(this.#previousOf(renewed).youngerThan(MAX_PREVIOUS_AGE_MS));
    return again.map((text, index) => text ?? openOne(values[index], [previous?.key]));
  }

  /** A current key and, where it is kept, the previous one. */
  #keysWith({ versionId, key }: Key): (KeyObject | undefined)[] {
    const previous = this.#previous?.before === versionId ? this.#previous.kept.last : undefined;
    return [key, previous?.key];
  }

  #previousOf({ versionId }: Key): Kept<Key | undefined> {
    if (this.#previous?.before !== versionId) {
      this.#previous = { before: versionId, kept: new Kept(() => readPrevious(this.#secretArn)) };
    }
    return this.#previous.kept;
  }
}

const readKey = async (secretArn: string, stage: Stage): Promise<Key> => {
  const { id, value } = await readVersion(secretArn, stage);
  return { versionId: id, key: parseEncryptionKey(value) };
};

export const readCurrent = (secretArn: string): Promise<Key> => readKey(secretArn, 'AWSCURRENT');

/** Undefined where the secret was never changed or held no previous key. A refusal says nothing of that, and is thrown. */
export const readPrevious = (secretArn: string): Promise<Key | undefined> =>
  readKey(secretArn, 'AWSPREVIOUS').catch((error: unknown) => {
    if (error instanceof NoSecretStringError || error instanceof EncryptionKeyError) {
      return undefined;
    }
    throw error;
  });

/** With the first key that opens it. */
const openOne = (
  value: StoredValue | undefined,
  keys: readonly (KeyObject | undefined)[],
): string | undefined => {
  for (const key of keys) {
    try {
      if (value !== undefined && key !== undefined) {
        return textOf(value, key);
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

const readable = <Fetched>(fetching: Promise<Fetched>): Promise<Fetched> => fetching.catch(unreadable);

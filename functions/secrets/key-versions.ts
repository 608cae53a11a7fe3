// Both values of the encryption key's secret, and from when on every writer uses the current one.
import type { KeyObject } from 'node:crypto';
import { MAX_WRITER_AGE_MS, readCurrent, readPrevious } from './encryption-key.ts';

/** What a writer began with the previous key has taken effect by then, or never will: a function lives for 30 s. */
const WRITE_MS = 30_000;

export interface KeyVersions {
  current: KeyObject;
  /** Undefined where the secret was never changed, or held no previous key. */
  previous: KeyObject | undefined;
  /** Of both versions: another one where the key was replaced or its stages were moved. */
  id: string;
  /**
   * By the monotonic clock. A pass of `reencrypt` that begins then or later misses nothing that is still written with another
   * key. It counts from the reading: a version's date does not say since when it is the current one, since stages can be
   * moved.
   */
  settledAt: number;
}

/** @throws EncryptionKeyError, SecretError, SecretUnavailableError */
export const readKeyVersions = async (secretArn: string): Promise<KeyVersions> => {
  const [current, previous] = await Promise.all([readCurrent(secretArn), readPrevious(secretArn)]);
  return {
    current: current.key,
    previous: previous?.key,
    id: `${current.versionId} ${previous?.versionId}`,
    settledAt: performance.now() + MAX_WRITER_AGE_MS + WRITE_MS,
  };
};

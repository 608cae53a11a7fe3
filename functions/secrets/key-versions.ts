// Both values of the encryption key's secret, and from when on every writer uses the current one.
import type { KeyObject } from 'node:crypto';
import { parseEncryptionKey } from './cipher.ts';
import { MAX_WRITER_AGE_MS, readPrevious } from './encryption-key.ts';
import { readVersion } from './secrets-manager.ts';

/** What a writer began with the key before has taken effect by then, or never will: a function lives for 30 s. */
const WRITE_MS = 30_000;

export interface KeyVersions {
  current: KeyObject;
  /** Undefined where the secret was never changed, or held no key before. */
  previous: KeyObject | undefined;
  /** A pass of `reencrypt` that begins at this time or later misses nothing that is still written with the key before. */
  settledAt: Date;
}

/** @throws EncryptionKeyError, SecretError, SecretUnavailableError */
export const readKeyVersions = async (secretArn: string): Promise<KeyVersions> => {
  const [{ value, createdAt }, previous] = await Promise.all([
    readVersion(secretArn, 'AWSCURRENT'),
    readPrevious(secretArn),
  ]);
  const settledAt = new Date(createdAt.getTime() + MAX_WRITER_AGE_MS + WRITE_MS);
  return { current: parseEncryptionKey(value), previous: previous?.key, settledAt };
};

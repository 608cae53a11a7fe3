// AES-256-GCM as the platform's existing server writes it: 12-byte nonce, ciphertext, 16-byte tag, no associated data.
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { DecryptError, EncryptionKeyError } from './errors.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/;

/** Bytes of the shortest stored value, of a model id of one character. */
export const SHORTEST_VALUE = 1 + NONCE_BYTES + TAG_BYTES;
/** Bytes of the longest, of a model id of 256. No longer value needs to be transferred. */
export const LONGEST_VALUE = 256 + NONCE_BYTES + TAG_BYTES;

/** `encryption_version` of rows from before encryption: the bytes are the text. */
export const PLAINTEXT_VERSION = 0;
/** `encryption_version` of what this module writes. */
export const AES_256_GCM_VERSION = 1;

/** A value as a row has it. */
export interface StoredValue {
  encryptedValue: Uint8Array;
  encryptionVersion: number;
}

/**
 * The 32 key bytes in a secret's string: base64 of 32 bytes or exactly 32 raw bytes, base64 tried first.
 * Line breaks are passed over in base64, as the existing server's decoder does.
 * A KeyObject, because Node makes a new one for each use of bare bytes, which takes four times the decryption.
 * @throws EncryptionKeyError for anything else, without quoting it.
 */
export const parseEncryptionKey = (secretString: string): KeyObject => {
  const oneLine = secretString.replaceAll(/[\r\n]/g, '');
  if (BASE64_OF_32_BYTES.test(oneLine)) {
    return createSecretKey(oneLine, 'base64');
  }

  const raw = Buffer.from(secretString, 'utf8');
  if (raw.length === KEY_BYTES) {
    return createSecretKey(raw);
  }
  throw new EncryptionKeyError(
    `The encryption key must be base64 of 32 bytes or exactly 32 raw bytes; the secret holds ${raw.length} bytes.`,
  );
};

/** Encrypts `plaintext` as version 1. The nonce is random, so equal texts give different bytes. */
export const encrypt = (key: KeyObject, plaintext: string): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
};

/** The text in version 1 bytes. @throws DecryptError when the key is not the one they were written with, or they are damaged. */
export const decrypt = (key: KeyObject, bytes: Uint8Array): string => {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) {
    throw new DecryptError('The stored value is too short to be AES-256-GCM.');
  }
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new DecryptError('The stored value does not decrypt with the current encryption key.', { cause });
  }
};

/** A stored value's text; `key` is not looked at for plaintext. @throws DecryptError */
export const textOf = ({ encryptedValue, encryptionVersion }: StoredValue, key: KeyObject): string => {
  if (encryptionVersion === PLAINTEXT_VERSION) {
    return plaintextOf(encryptedValue);
  }
  if (encryptionVersion === AES_256_GCM_VERSION) {
    return decrypt(key, encryptedValue);
  }
  throw new DecryptError(`The stored value has encryption_version ${encryptionVersion}, which is not known.`);
};

/** The text of a version 0 value. */
export const plaintextOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

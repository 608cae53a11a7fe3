// Errors of the secrets room.
import { ServiceError } from '../errors.ts';

/** The key's secret is missing, unreadable, or not 32 bytes. Nothing is written without a key. */
export class EncryptionKeyError extends ServiceError {
  override name = 'EncryptionKeyError';
  override code = 'ENCRYPTION_KEY_UNUSABLE';
}

/** A stored value could not be turned back into text: wrong key, damaged bytes, or an unknown version. */
export class DecryptError extends ServiceError {
  override name = 'DecryptError';
  override code = 'DECRYPT_FAILED';
}

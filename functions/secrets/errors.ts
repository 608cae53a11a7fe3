// Errors of the secrets room.
import { ServiceError } from '../errors.ts';

/** A secret is missing, forbidden or holds no string. The message names the secret and AWS's error. */
export class SecretError extends ServiceError {
  override name = 'SecretError';
  override readonly code = 'SECRET_UNREADABLE';
}

/** There is no such secret, or no such version of it, or it holds bytes: an answer, and no refusal. */
export class NoSecretStringError extends SecretError {}

/** Secrets Manager is throttled, fails or does not answer, and did so past the retries. */
export class SecretUnavailableError extends ServiceError {
  override name = 'SecretUnavailableError';
  override readonly code = 'SECRET_UNAVAILABLE';
}

/** The key's secret does not hold 32 bytes. Nothing is written without a key. */
export class EncryptionKeyError extends ServiceError {
  override name = 'EncryptionKeyError';
  override readonly code = 'ENCRYPTION_KEY_UNUSABLE';
}

/** A stored value could not be turned back into text: wrong key, damaged bytes, or an unknown version. */
export class DecryptError extends ServiceError {
  override name = 'DecryptError';
  override readonly code = 'DECRYPT_FAILED';
}

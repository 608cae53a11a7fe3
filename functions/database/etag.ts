// What tells a stored pick from another one without showing it: a hash of the stored bytes, so that no column is needed.
// Bytes that are encrypted anew have another one, although the model is the same.
import { createHash } from 'node:crypto';

/** As pick-sql.ts has it, without the quotes of HTTP. */
export const etagOf = (encryptedValue: Uint8Array): string =>
  createHash('sha256').update(encryptedValue).digest('hex').slice(0, 32);

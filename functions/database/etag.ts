// The ETag of a stored pick: a hash of the stored bytes, which shows nothing of them and needs no column.
// The same model encrypted anew has another ETag.
import { createHash } from 'node:crypto';

/** The same of a pick `s`. */
export const ETAG_SQL = `left(encode(sha256(s.encrypted_value), 'hex'), 32)`;

/** Without the quotes of HTTP. */
export const etagOf = (encryptedValue: Uint8Array): string =>
  createHash('sha256').update(encryptedValue).digest('hex').slice(0, 32);

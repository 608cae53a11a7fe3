// The ETag of a stored pick: a hash of the stored bytes, which shows nothing of them and needs no column.
// The same model encrypted anew has another ETag.
import { createHash } from 'node:crypto';

/** As pick-sql.ts has it, without the quotes of HTTP. */
export const etagOf = (encryptedValue: Uint8Array): string =>
  createHash('sha256').update(encryptedValue).digest('hex').slice(0, 32);

// The stored pick of a workspace as text: the row and the key that may open it are fetched side by side.
import { pickOf } from '../model/model-id.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import type { Database } from './attempts.ts';
import { etagOf } from './etag.ts';
import { findModel } from './workspace-model.ts';

export interface StoredPick {
  /** An empty string where there is none. It may be no model id: old rows hold slugs, too. */
  model: string;
  /** Undefined where nothing is stored. */
  etag: string | undefined;
  runtime: string | undefined;
}

/** @throws as `findModel` does; DecryptError, SecretUnavailableError */
export const readStoredPick = async (
  database: Pick<Database, 'read'>,
  key: EncryptionKey,
  workspaceId: string,
): Promise<StoredPick> => {
  const finding = findModel(database, workspaceId);
  key.prefetch();
  const { runtime, stored } = await finding;
  if (stored === undefined) {
    return { model: '', etag: undefined, runtime };
  }
  const text = await key.open(stored);
  return { model: pickOf(text), etag: etagOf(stored.encryptedValue), runtime };
};

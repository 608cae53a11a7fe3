// The stored pick of a workspace as text: the row and the key that may open it are fetched side by side.

import { pickOf } from '../model/model-id.ts';
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import type { Database } from './attempts.ts';
import { findModel } from './workspace-model.ts';

/**
 * The pick, or an empty string where there is none. It may be no model id: old rows hold slugs, too.
 * @throws WorkspaceNotFoundError, DatabaseUnavailableError, DecryptError
 */
export const readStoredPick = async (
  database: Pick<Database, 'read'>,
  key: EncryptionKey,
  workspaceId: string,
): Promise<string> => {
  const found = findModel(database, workspaceId);
  key.prefetch();
  const stored = await found;
  return stored === undefined ? '' : pickOf(await key.open(stored.encryptedValue, stored.encryptionVersion));
};

// Workspaces and their secrets, put into the database of a test stack and read from it past the service.
import { randomUUID } from 'node:crypto';
import { encrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import type { TestStack } from './local-stack.ts';

interface SecretRow {
  key: string;
  encrypted_value: Buffer;
  encryption_version: number;
}

interface PickOptions {
  /** `MODEL` unless said otherwise. */
  key?: string;
  /** 1, encrypted, unless said otherwise. */
  version?: number;
  /** Instead of the stack's own key. */
  secretString?: string;
}

export const storedPicks = ({ sql, encryptionKey }: TestStack) => {
  const addWorkspace = async (runtime = 'langgraph'): Promise<string> => {
    const id = randomUUID();
    await sql('INSERT INTO workspaces (id, name, runtime) VALUES ($1, $2, $3)', [id, 'test', runtime]);
    return id;
  };
  const storeBytes = (id: string, bytes: Uint8Array, version: number, key = 'MODEL') =>
    sql(
      'INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version) VALUES ($1, $2, $3, $4)',
      [id, key, Buffer.from(bytes), version],
    );
  /** Stores a pick as the existing server does. */
  const storePick = (
    id: string,
    model: string,
    { key, version = 1, secretString = encryptionKey }: PickOptions = {},
  ) => {
    const bytes = version === 0 ? Buffer.from(model) : encrypt(parseEncryptionKey(secretString), model);
    return storeBytes(id, bytes, version, key);
  };
  return {
    addWorkspace,
    storeBytes,
    storePick,
    /** A new workspace with this pick; its id. */
    addPick: async (model: string, options: PickOptions = {}): Promise<string> => {
      const id = await addWorkspace();
      await storePick(id, model, options);
      return id;
    },
    rowsOf: (id: string) =>
      sql<SecretRow>(
        'SELECT key, encrypted_value, encryption_version FROM workspace_secrets WHERE workspace_id = $1 ORDER BY key',
        [id],
      ),
  };
};

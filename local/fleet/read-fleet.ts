// What is stored for each workspace under either key, decrypted, to be shown before and after the rename.
import type { KeyObject } from 'node:crypto';
import type { Client } from 'pg';
import { parseEncryptionKey, textOf } from '../../functions/secrets/cipher.ts';
import { LEGACY_KEY, MODEL_KEY } from './keys.ts';

/** Value by key; null where the encryption key does not open it. */
export type StoredPicks = Record<string, string | null>;

export interface FleetWorkspace {
  id: string;
  name: string;
  runtime: string;
  picks: StoredPicks;
}

/** Far more than the demo has; a joined database may hold a whole platform. */
export const MOST_WORKSPACES = 1_000;

/**
 * Of the platform's columns it names only those that a deploy requires, and takes them in any type that a deploy takes.
 * @throws pg's DatabaseError where they are not there
 */
export const readFleet = async (client: Client, encryptionKey: string): Promise<FleetWorkspace[]> => {
  const key = parseEncryptionKey(encryptionKey);
  const { rows } = await client.query<{
    id: string;
    name: string | null;
    runtime: string | null;
    secrets: { key: string; value: string; version: number }[];
  }>(
    `SELECT w.id, CAST(w.name AS text) AS name, CAST(w.runtime AS text) AS runtime, coalesce((
       SELECT json_agg(json_build_object('key', CAST(s.key AS text), 'value', encode(s.encrypted_value, 'base64'),
                                         'version', s.encryption_version) ORDER BY CAST(s.key AS text) DESC)
       FROM workspace_secrets s WHERE s.workspace_id = w.id AND CAST(s.key AS text) IN ('${LEGACY_KEY}', '${MODEL_KEY}')
     ), '[]') AS secrets
     FROM workspaces w
     ORDER BY to_jsonb(w) ->> 'created_at', CAST(w.name AS text)
     LIMIT ${MOST_WORKSPACES}`,
  );
  return rows.map(({ id, name, runtime, secrets }) => ({
    id,
    name: name ?? '',
    runtime: runtime ?? '',
    picks: Object.fromEntries(secrets.map((secret) => [secret.key, open(key, secret.value, secret.version)])),
  }));
};

const open = (key: KeyObject, value: string, version: number): string | null => {
  try {
    return textOf({ encryptedValue: Buffer.from(value, 'base64'), encryptionVersion: version }, key);
  } catch {
    return null;
  }
};

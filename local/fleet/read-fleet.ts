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
const MOST_WORKSPACES = 1_000;

export const readFleet = async (client: Client, encryptionKey: string): Promise<FleetWorkspace[]> => {
  const key = parseEncryptionKey(encryptionKey);
  const { rows } = await client.query<{
    id: string;
    name: string | null;
    runtime: string | null;
    secrets: { key: string; value: string; version: number }[];
  }>(
    `SELECT w.id, w.name, w.runtime,
            coalesce(json_agg(json_build_object('key', s.key, 'value', encode(s.encrypted_value, 'base64'),
                                                'version', s.encryption_version) ORDER BY s.key DESC)
                     FILTER (WHERE s.key IS NOT NULL), '[]') AS secrets
     FROM (SELECT * FROM workspaces ORDER BY created_at, name LIMIT ${MOST_WORKSPACES}) w
     LEFT JOIN workspace_secrets s ON s.workspace_id = w.id AND s.key IN ('${LEGACY_KEY}', '${MODEL_KEY}')
     GROUP BY w.id, w.name, w.runtime, w.created_at
     ORDER BY w.created_at, w.name`,
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

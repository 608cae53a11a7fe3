// Makes the platform's tables and the demo fleet in them, all or nothing.
import type { KeyObject } from 'node:crypto';
import type { Client } from 'pg';
import {
  AES_256_GCM_VERSION,
  encrypt,
  PLAINTEXT_VERSION,
  parseEncryptionKey,
} from '../../functions/secrets/cipher.ts';
import { type DemoWorkspace, demoWorkspaces } from './demo-workspaces.ts';
import { LEGACY_KEY, MODEL_KEY } from './keys.ts';
import { PLATFORM_TABLES } from './platform-tables.ts';

interface SecretRow {
  key: string;
  value: Buffer;
  version: number;
}

export const createDemoFleet = async (client: Client, encryptionKey: string): Promise<void> => {
  const key = parseEncryptionKey(encryptionKey);
  await client.query('BEGIN');
  await client.query(PLATFORM_TABLES);
  for (const [age, workspace] of demoWorkspaces.toReversed().entries()) {
    await insertWorkspace(client, workspace, key, age);
  }
  await client.query('COMMIT');
};

/** One was made each day, in the order of the list; `age` is in days. */
const insertWorkspace = async (
  client: Client,
  workspace: DemoWorkspace,
  key: KeyObject,
  age: number,
): Promise<void> => {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO workspaces (name, runtime, status, created_at)
     VALUES ($1, $2, 'running', now() - make_interval(days => $3)) RETURNING id`,
    [workspace.name, workspace.runtime, age],
  );
  for (const row of secretRows(workspace, key)) {
    await client.query(
      'INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version) VALUES ($1, $2, $3, $4)',
      [rows[0]?.id, row.key, row.value, row.version],
    );
  }
};

const secretRows = (workspace: DemoWorkspace, key: KeyObject): SecretRow[] => {
  const rows: SecretRow[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value === undefined) {
      return;
    }
    rows.push(
      workspace.plaintext
        ? { key: name, value: Buffer.from(value), version: PLAINTEXT_VERSION }
        : { key: name, value: encrypt(key, value), version: AES_256_GCM_VERSION },
    );
  };
  add(LEGACY_KEY, workspace.legacy);
  add(MODEL_KEY, workspace.model);
  if (workspace.otherSecret !== undefined) {
    add(workspace.otherSecret, `demo-${workspace.name}-not-a-real-key`);
  }
  return rows;
};

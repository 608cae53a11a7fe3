// The pick of a workspace in workspace_secrets: read, saved and cleared, each by one statement.
import { setTimeout as wait } from 'node:timers/promises';
import { AES_256_GCM_VERSION } from '../secrets/cipher.ts';
import { bytes, type Execute, type Statement, type StatementResult, whole } from './client.ts';
import { DatabaseUnavailableError, WorkspaceNotFoundError } from './errors.ts';
import { isUnavailable, isWorthWaitingFor, SQLSTATE, sqlStateOf } from './failures.ts';

/** Milliseconds before each further try of a statement that is known not to have run. */
const RETRY_DELAYS_MS = [250, 500, 1_000];

/** The statement behind `findModel`. */
export const FIND_MODEL = `
  SELECT s.encrypted_value IS NOT NULL AS stored, s.encrypted_value, s.encryption_version
  FROM workspaces w
  LEFT JOIN workspace_secrets s ON s.workspace_id = w.id AND s.key = 'MODEL'
  WHERE w.id = :workspace_id`;

// One statement finds out whether the workspace exists and writes; no row inserted means that it does not.
const SAVE = `
  INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
  SELECT id, 'MODEL', :encrypted_value, ${AES_256_GCM_VERSION} FROM workspaces WHERE id = :workspace_id
  ON CONFLICT (workspace_id, key) DO UPDATE
  SET encrypted_value = excluded.encrypted_value,
      encryption_version = excluded.encryption_version,
      updated_at = now()`;

const CLEAR = `
  WITH cleared AS (DELETE FROM workspace_secrets WHERE workspace_id = :workspace_id AND key = 'MODEL')
  SELECT 1 FROM workspaces WHERE id = :workspace_id`;

/** A stored pick as it lies in the row. */
export interface StoredModel {
  encryptedValue: Uint8Array;
  encryptionVersion: number;
}

/** The stored pick, or nothing where the workspace has none. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const findModel = async (execute: Execute, workspaceId: string): Promise<StoredModel | undefined> => {
  const { rows } = await run(execute, { sql: FIND_MODEL, parameters: [idParameter(workspaceId)] });
  const [row] = rows;
  if (row === undefined) {
    throw notFound(workspaceId);
  }
  if (row[0]?.booleanValue !== true) {
    return undefined;
  }
  return { encryptedValue: bytes(row[1]), encryptionVersion: whole(row[2]) };
};

/** Saves a pick, encrypted as version 1. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const saveModel = async (
  execute: Execute,
  workspaceId: string,
  encryptedValue: Uint8Array,
): Promise<void> => {
  const value = { name: 'encrypted_value', value: { blobValue: encryptedValue } };
  const { updated } = await run(execute, { sql: SAVE, parameters: [idParameter(workspaceId), value] });
  if (updated === 0) {
    throw notFound(workspaceId);
  }
};

/** Removes the pick, if there is one. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const clearModel = async (execute: Execute, workspaceId: string): Promise<void> => {
  const { rows } = await run(execute, { sql: CLEAR, parameters: [idParameter(workspaceId)] });
  if (rows.length === 0) {
    throw notFound(workspaceId);
  }
};

const idParameter = (workspaceId: string) => ({
  name: 'workspace_id',
  value: { stringValue: workspaceId },
  typeHint: 'UUID' as const,
});

const notFound = (workspaceId: string, options?: ErrorOptions): WorkspaceNotFoundError =>
  new WorkspaceNotFoundError(`There is no workspace ${workspaceId}.`, options);

/** Every statement here is harmless twice; only what is known not to have run is tried again all the same. */
const run = async (execute: Execute, statement: Statement): Promise<StatementResult> => {
  for (const delay of RETRY_DELAYS_MS) {
    try {
      return await execute(statement);
    } catch (error) {
      if (!isWorthWaitingFor(error)) {
        throw translate(error);
      }
    }
    await wait(delay);
  }
  return execute(statement).catch((error) => {
    throw translate(error);
  });
};

const translate = (cause: unknown): unknown => {
  if (isUnavailable(cause) || isWorthWaitingFor(cause)) {
    return new DatabaseUnavailableError('The database is resuming or busy. Try again in a few seconds.', {
      cause,
    });
  }
  // The workspace was deleted between being found and being referred to.
  if (sqlStateOf(cause) === SQLSTATE.foreignKeyViolation) {
    return new WorkspaceNotFoundError('The workspace was deleted.', { cause });
  }
  return cause;
};

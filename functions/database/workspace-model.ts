// The pick of a workspace in workspace_secrets: read, saved and cleared, each by one statement.
import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { AES_256_GCM_VERSION } from '../secrets/cipher.ts';
import {
  ARRIVE_WITHIN_MS,
  CLOCK_SKEW_MS,
  type Database,
  LOCK_TIMEOUT_MS,
  onlyRow,
  type Row,
  UNTIMELY,
} from './attempts.ts';
import { bytesOrNull, flag, type StatementResult, text, whole } from './client.ts';
import { DatabaseNotMigratedError, WorkspaceNotFoundError } from './errors.ts';

/**
 * The migration that these statements need. Below it, and from the first statement of its undo, picks are where another
 * release looks for them: nothing is then read or written here, until the release that fits is live.
 */
export const NEEDED_VERSION = '20260519000000';

/** One look-up by primary key. */
const MIGRATED = `EXISTS (
    SELECT FROM workspace_model_migrations WHERE version = '${NEEDED_VERSION}' AND state = 'applied'
  )`;

/** The statement behind `findModel`. A version that is NULL is none that is known. */
export const FIND_MODEL = `
  SELECT ${MIGRATED} AS migrated, w.id IS NOT NULL AS found, s.encrypted_value, coalesce(s.encryption_version, -1) AS encryption_version
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN workspaces w ON w.id = :workspace_id
  LEFT JOIN workspace_secrets s ON s.workspace_id = w.id AND s.key = 'MODEL'`;

/** Outcomes of a write that does nothing. */
const NOT_MIGRATED = 'not migrated';
const NO_WORKSPACE = 'no workspace';

const CLOCK_MS = 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)';
const TOO_LATE = `CAST(:sent_at AS bigint) + ${ARRIVE_WITHIN_MS}`;

/** What a write looks at before it writes: the time, and whether the workspace exists. It also bounds waits for locks. */
const GATE = `gate AS MATERIALIZED (
    SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true), clock.ms,
      clock.ms BETWEEN CAST(:sent_at AS bigint) - ${CLOCK_SKEW_MS} AND ${TOO_LATE} AS timely, ${MIGRATED} AS migrated, w.id AS workspace_id
    FROM (SELECT ${CLOCK_MS} AS ms OFFSET 0) AS clock
    LEFT JOIN workspaces w ON w.id = :workspace_id
  )`;

/** @param unwritten the outcome where nothing was written although the gate was open */
const outcome = (unwritten: string): string => `
  SELECT CASE
    WHEN NOT timely THEN '${UNTIMELY}'
    WHEN NOT migrated THEN '${NOT_MIGRATED}'
    WHEN workspace_id IS NULL THEN '${NO_WORKSPACE}'
    WHEN EXISTS (SELECT FROM written) THEN 'written'
    ELSE '${unwritten}'
  END, ms
  FROM gate`;

/** Looks at the clock once more behind the wait for a row's lock. */
const SAVE = `
  WITH ${GATE}, written AS (
    INSERT INTO workspace_secrets AS s (workspace_id, key, encrypted_value, encryption_version)
    SELECT workspace_id, 'MODEL', :encrypted_value, ${AES_256_GCM_VERSION}
    FROM gate WHERE timely AND migrated AND workspace_id IS NOT NULL
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET encrypted_value = excluded.encrypted_value,
        encryption_version = excluded.encryption_version,
        updated_at = clock_timestamp()
    WHERE ${CLOCK_MS} <= ${TOO_LATE}
    RETURNING 1
  )
  ${outcome(UNTIMELY)}`;

const CLEAR = `
  WITH ${GATE}, written AS (
    DELETE FROM workspace_secrets s USING gate
    WHERE gate.timely AND gate.migrated AND s.workspace_id = gate.workspace_id AND s.key = 'MODEL'
    RETURNING 1
  )
  ${outcome('nothing to clear')}`;

/** A stored pick as it lies in the row. */
export interface StoredModel {
  encryptedValue: Uint8Array;
  encryptionVersion: number;
}

/** The stored pick, or nothing where the workspace has none. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const findModel = async (
  { read }: Pick<Database, 'read'>,
  workspaceId: string,
): Promise<StoredModel | undefined> => {
  const found = await read({ sql: FIND_MODEL, parameters: [idParameter(workspaceId)] }, parseFound);
  if (!found.migrated) {
    throw new DatabaseNotMigratedError();
  }
  if (!found.workspace) {
    throw notFound(workspaceId);
  }
  return found.stored;
};

/** Saves a pick, encrypted as version 1. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const saveModel = async (
  { write }: Database,
  workspaceId: string,
  encryptedValue: Uint8Array,
): Promise<void> => {
  const value: SqlParameter = { name: 'encrypted_value', value: { blobValue: encryptedValue } };
  const row = await write((sentAt) => ({ sql: SAVE, parameters: [idParameter(workspaceId), value, sentAt] }));
  requireWritten(row, workspaceId);
};

/** Removes the pick, if there is one. @throws WorkspaceNotFoundError, DatabaseUnavailableError */
export const clearModel = async ({ write }: Database, workspaceId: string): Promise<void> => {
  const row = await write((sentAt) => ({ sql: CLEAR, parameters: [idParameter(workspaceId), sentAt] }));
  requireWritten(row, workspaceId);
};

const parseFound = (result: StatementResult) => {
  const [migrated, workspace, value, version] = onlyRow(result);
  const encryptedValue = bytesOrNull(value);
  const encryptionVersion = whole(version);
  return {
    migrated: flag(migrated),
    workspace: flag(workspace),
    stored: encryptedValue === null ? undefined : { encryptedValue, encryptionVersion },
  };
};

const requireWritten = ([outcome]: Row, workspaceId: string): void => {
  switch (text(outcome)) {
    case NOT_MIGRATED:
      throw new DatabaseNotMigratedError();
    case NO_WORKSPACE:
      throw notFound(workspaceId);
  }
};

const idParameter = (workspaceId: string) => ({
  name: 'workspace_id',
  value: { stringValue: workspaceId },
  typeHint: 'UUID' as const,
});

const notFound = (workspaceId: string): WorkspaceNotFoundError =>
  new WorkspaceNotFoundError(`There is no workspace ${workspaceId}.`);

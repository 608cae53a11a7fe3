// The history of a workspace's pick: who saved or cleared it. Its entries are written by the statements of pick-sql.ts.
import type { EncryptionKey } from '../secrets/encryption-key.ts';
import type { Database } from './attempts.ts';
import type { StatementResult } from './client.ts';
import { DatabaseAnswerError, DatabaseNotMigratedError, WorkspaceNotFoundError } from './errors.ts';
import { firstRow, flag, type Row, storedOrNone, text, textOrNull, uuidParameter } from './fields.ts';
import { MIGRATED } from './pick-sql.ts';

/** Newest first. A workspace without an entry still has one row, with the workspace's own columns alone. */
const READ_HISTORY = `
  SELECT ${MIGRATED} AS migrated, w.id IS NOT NULL AS found, h.action, h.actor,
    to_char(h.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
    h.encrypted_value, coalesce(h.encryption_version, -1) AS encryption_version
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN workspaces w ON w.id = :workspace_id
  LEFT JOIN workspace_model_history h ON h.workspace_id = w.id
  ORDER BY h.id DESC`;

export interface HistoryItem {
  /** ISO 8601, in UTC. */
  at: string;
  action: 'saved' | 'cleared';
  actor: string;
  /** What was saved; left out where it no longer opens. */
  model?: string;
}

/**
 * At most 50 entries, newest first.
 * @throws as `findModel` does; DecryptError where the key cannot be read, SecretUnavailableError where not at the moment
 */
export const readHistory = async (
  { read }: Pick<Database, 'read'>,
  key: EncryptionKey,
  workspaceId: string,
): Promise<HistoryItem[]> => {
  const parameters = [uuidParameter('workspace_id', workspaceId)];
  const reading = read({ sql: READ_HISTORY, parameters }, parse);
  key.prefetch();
  const { migrated, found, entries } = await reading;
  if (!migrated) {
    throw new DatabaseNotMigratedError();
  }
  if (!found) {
    throw new WorkspaceNotFoundError(`There is no workspace ${workspaceId}.`);
  }
  const models = await key.openAll(entries.map(({ stored }) => stored));
  return entries.map(({ stored: _, ...entry }, index) => {
    const model = models[index];
    return { ...entry, ...(model !== undefined && { model }) };
  });
};

const parse = ({ rows }: StatementResult) => {
  const [migrated, found, action] = firstRow(rows);
  return {
    migrated: flag(migrated),
    found: flag(found),
    entries: textOrNull(action) === null ? [] : rows.map(entryOf),
  };
};

const entryOf = ([, , action, actor, at, value, version]: Row) => ({
  at: text(at),
  action: actionOf(text(action)),
  actor: text(actor),
  stored: storedOrNone(value, version),
});

const actionOf = (action: string): HistoryItem['action'] => {
  if (action !== 'saved' && action !== 'cleared') {
    throw new DatabaseAnswerError('The database returned an action that is not known.');
  }
  return action;
};

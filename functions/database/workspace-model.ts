// The pick of a workspace: read, saved and cleared, each by one statement.
import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { NO_RUNTIMES, type RuntimeSet } from '../model/model-rules.ts';
import type { StoredValue } from '../secrets/cipher.ts';
import type { Database } from './attempts.ts';
import type { Statement, StatementResult } from './client.ts';
import {
  DatabaseAnswerError,
  DatabaseNotMigratedError,
  DatabaseRefusedError,
  WorkspaceNotFoundError,
} from './errors.ts';
import { SQLSTATE, sqlStateOf } from './failures.ts';
import { flag, onlyRow, type Row, storedOrNone, text, textOrNull, uuidParameter } from './fields.ts';
import {
  CLEAR,
  CLEAR_IF_MATCH,
  MIGRATED,
  type Outcome,
  SAVE,
  SAVE_FIRST,
  SAVE_IF_MATCH,
  STORED_VERSION,
} from './pick-sql.ts';

/**
 * The statement of `findModel`. With types of its own, as in every statement of a request: a session that the Data API keeps may
 * have it prepared, and refuses it once the platform has given a column another type (0A000, cached plan must not change result
 * type).
 */
export const FIND_MODEL = `
  SELECT ${MIGRATED} AS migrated, w.id IS NOT NULL AS found, CAST(w.runtime AS text) AS runtime, s.encrypted_value,
    ${STORED_VERSION} AS encryption_version
  FROM (VALUES (1)) AS one (row)
  LEFT JOIN workspaces w ON w.id = :workspace_id
  LEFT JOIN workspace_model_picks s ON s.workspace_id = w.id`;

export interface FoundModel {
  /** Undefined where the workspace has none. */
  runtime: string | undefined;
  /** Undefined where the workspace has no pick. */
  stored: StoredValue | undefined;
}

/** Whether a write is to happen: whatever is stored, where nothing is, or where it is as one of these ETags (or `*`) says. */
export type Condition = 'always' | 'first' | { ifMatch: string };

export interface Save {
  workspaceId: string;
  /** Encrypted as version 1. */
  encryptedValue: Uint8Array;
  /** Who does it, for the history. */
  actor: string;
  condition: Condition;
  /** Runtimes of workspaces for which it is not saved. */
  refusing: RuntimeSet;
}

export interface Clear {
  workspaceId: string;
  actor: string;
  condition: Exclude<Condition, 'first'>;
}

/** `changed` where the condition does not hold, `refused` where the workspace's runtime is one of those refusing. */
export interface Written {
  outcome: 'written' | 'changed' | 'refused' | 'absent';
  runtime: string | undefined;
}

/** @throws WorkspaceNotFoundError, DatabaseNotMigratedError, DatabaseUnavailableError, DatabaseRefusedError */
export const findModel = async (
  { read }: Pick<Database, 'read'>,
  workspaceId: string,
): Promise<FoundModel> => {
  const found = await read(findStatement(workspaceId), parseFound);
  if (!found.migrated) {
    throw new DatabaseNotMigratedError();
  }
  if (!found.workspace) {
    throw notFound(workspaceId);
  }
  return found;
};

/** @throws as `findModel` does */
export const saveModel = (database: Database, save: Save): Promise<Written> =>
  writePick(database, save.workspaceId, (sentAt) => saveStatement(save, sentAt));

/** Removes the pick, if there is one. @throws as `findModel` does */
export const clearModel = (database: Database, clear: Clear): Promise<Written> =>
  writePick(database, clear.workspaceId, (sentAt) => clearStatement(clear, sentAt));

/**
 * A violated foreign key may be that of a workspace deleted after the statement had found it, which the same statement then
 * does not find any more; or it is the platform's, and refuses the statement again.
 */
const writePick = async (
  { write }: Database,
  workspaceId: string,
  statementAt: (sentAt: SqlParameter) => Statement,
): Promise<Written> => {
  const send = () => write(statementAt, (row) => writtenOf(row, workspaceId));
  try {
    return await send();
  } catch (error) {
    if (sqlStateOf(error) !== SQLSTATE.foreignKeyViolation) {
      throw error;
    }
    return send();
  }
};

// The statements alone: a deploy tries them before it changes anything.

export const findStatement = (workspaceId: string): Statement => ({
  sql: FIND_MODEL,
  parameters: [uuidParameter('workspace_id', workspaceId)],
});

export const saveStatement = (save: Save, sentAt: SqlParameter): Statement => {
  const sql = save.condition === 'always' ? SAVE : save.condition === 'first' ? SAVE_FIRST : SAVE_IF_MATCH;
  const value: SqlParameter = { name: 'encrypted_value', value: { blobValue: save.encryptedValue } };
  return { sql, parameters: [value, ...parametersOf(save, save.refusing), sentAt] };
};

export const clearStatement = (clear: Clear, sentAt: SqlParameter): Statement => {
  const sql = clear.condition === 'always' ? CLEAR : CLEAR_IF_MATCH;
  return { sql, parameters: [...parametersOf(clear, NO_RUNTIMES), sentAt] };
};

const parseFound = ({ rows }: StatementResult) => {
  const [migrated, workspace, runtime, value, version] = onlyRow(rows);
  return {
    migrated: flag(migrated),
    workspace: flag(workspace),
    runtime: textOrNull(runtime) ?? undefined,
    stored: storedOrNone(value, version),
  };
};

const writtenOf = ([first, , runtime]: Row, workspaceId: string): Written => {
  const outcome = text(first);
  if (isWritten(outcome)) {
    return { outcome, runtime: textOrNull(runtime) || undefined };
  }
  if (outcome === ('not migrated' satisfies Outcome)) {
    throw new DatabaseNotMigratedError();
  }
  if (outcome === ('no workspace' satisfies Outcome)) {
    throw notFound(workspaceId);
  }
  if (outcome === ('kept' satisfies Outcome)) {
    throw new DatabaseRefusedError(
      'A trigger or rule on workspace_secrets keeps the row from what was to be written.',
    );
  }
  throw new DatabaseAnswerError('The database returned an outcome that is not known.');
};

const isWritten = (outcome: string): outcome is Written['outcome'] =>
  ['written', 'changed', 'refused', 'absent'].includes(outcome);

const parametersOf = (
  { workspaceId, actor, condition }: Pick<Save, 'workspaceId' | 'actor' | 'condition'>,
  { allBut, names }: RuntimeSet,
): SqlParameter[] => [
  uuidParameter('workspace_id', workspaceId),
  { name: 'actor', value: { stringValue: actor } },
  { name: 'runtimes', value: { stringValue: names.join('\n') } },
  { name: 'all_but', value: { booleanValue: allBut } },
  ...(typeof condition === 'object' ? [{ name: 'if_match', value: { stringValue: condition.ifMatch } }] : []),
];

const notFound = (workspaceId: string): WorkspaceNotFoundError =>
  new WorkspaceNotFoundError(`There is no workspace ${workspaceId}.`);

// Rows of other tables that refer to rows which the rename deletes or gives another key.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { type ForeignKey, type PgCatalog, quote } from '../../database/pg-catalog.ts';
import { queryRows } from '../../database/rows.ts';
import { retryingBriefly } from '../retry.ts';

const ACTIONS: Record<string, string> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

/** Of a row that is referred to, these refuse the deletion. */
const HOLDING = ['a', 'r'];

const Found = z.object({ held: z.boolean(), renamed: z.boolean(), superseded: z.boolean() });

/**
 * Reasons to refuse: an undo could not give such rows back, or PostgreSQL would refuse the rename half-way, or later a clear.
 */
export const referenceConflicts = async (execute: Execute, catalogue: PgCatalog): Promise<string[]> => {
  const incoming = catalogue.foreignKeys.filter(({ isTo }) => isTo);
  const reasons = await Promise.all(incoming.map((key) => conflictOf(execute, key)));
  return reasons.flat();
};

const conflictOf = async (execute: Execute, key: ForeignKey): Promise<string[]> => {
  const { name, table, referencedColumns, onDelete, onUpdate } = key;
  try {
    const [found] = await queryRows(retryingBriefly(execute, 'references'), Found, { sql: childrenSql(key) });
    const followsName = referencedColumns.includes('key') && onUpdate !== 'c';
    return [
      ...(found?.held && HOLDING.includes(onDelete)
        ? [
            `Rows of ${table} hold on to picks by the foreign key ${name} (ON DELETE ${ACTIONS[onDelete]}), so that no such ` +
              'pick could be cleared. Let the foreign key give way: ON DELETE CASCADE or ON DELETE SET NULL.',
          ]
        : []),
      ...(found?.superseded
        ? [
            `Rows of ${table} refer by the foreign key ${name} (ON DELETE ${ACTIONS[onDelete]}) to MODEL_PROVIDER rows that the ` +
              'rename would take away, since their workspaces have a MODEL row. Point them elsewhere, or delete those MODEL_PROVIDER rows.',
          ]
        : []),
      ...(found?.renamed && followsName
        ? [
            `Rows of ${table} refer by the foreign key ${name} (ON UPDATE ${ACTIONS[onUpdate]}) to the key MODEL_PROVIDER. ` +
              'Let the foreign key follow: ON UPDATE CASCADE.',
          ]
        : []),
    ];
  } catch (error) {
    // A look that takes too long is left to the run, as in unfit-rows.ts.
    return sqlStateOf(error) === SQLSTATE.insufficientPrivilege
      ? [
          `Whether rows of ${table} refer to MODEL_PROVIDER rows by the foreign key ${name} cannot be seen ` +
            `(SQLSTATE ${SQLSTATE.insufficientPrivilege}). Let the owner of workspace_secrets read ${table}.`,
        ]
      : [];
  }
};

const childrenSql = ({ table, columns, referencedColumns }: ForeignKey): string => {
  const joined = columns.map(
    (column, index) => `c.${quote(column)} = s.${quote(referencedColumns[index] ?? '')}`,
  );
  const children = `SELECT FROM ${table} c JOIN workspace_secrets s ON ${joined.join(' AND ')} WHERE CAST(s.key AS text)`;
  const legacy = `${children} = 'MODEL_PROVIDER'`;
  const beside =
    "EXISTS (SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND CAST(m.key AS text) = 'MODEL')";
  return `SELECT EXISTS (${children} IN ('MODEL', 'MODEL_PROVIDER')) AS held, EXISTS (${legacy}) AS renamed,
    EXISTS (${legacy} AND ${beside}) AS superseded`;
};

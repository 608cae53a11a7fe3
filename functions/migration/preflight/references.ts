// Rows of other tables that refer to rows which the rename deletes or gives another key.
import * as z from 'zod/mini';
import { type Catalogue, type ForeignKey, quote, tableOf } from '../../database/catalogue.ts';
import type { Execute } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { partsOf } from '../../database/pages.ts';
import { queryRows } from '../../database/rows.ts';
import { retryingBriefly } from '../retry.ts';
import { whyUnseen } from './unseen.ts';

const ACTIONS: Record<string, string> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

/** Of a row that is referred to, these refuse the deletion. */
const HOLDING = ['a', 'r'];

/** These delete or empty rows that refer to one, without a word and for good. */
const SILENT_DELETES = ['c', 'n', 'd'];
const SILENT_UPDATES = ['n', 'd'];

const Found = z.object({ held: z.boolean(), renamed: z.boolean(), superseded: z.boolean() });

/**
 * Reasons to refuse: an undo could not give such rows back, or PostgreSQL would refuse the rename half-way, or later a clear.
 */
export const referenceConflicts = async (execute: Execute, catalogue: Catalogue): Promise<string[]> => {
  const incoming = catalogue.foreignKeys.filter(({ isTo }) => isTo);
  const parts = partsOf('s', tableOf(catalogue, 'workspace_secrets')?.pages ?? 0);
  const reasons = await Promise.all(incoming.map((key) => conflictOf(execute, key, parts)));
  return reasons.flat();
};

/** A look that cannot be had is left to the run only where that would fail. */
const conflictOf = async (execute: Execute, key: ForeignKey, parts: string[]): Promise<string[]> => {
  if (isSilent(key) && key.hasHiddenRows) {
    return [
      `${unseen(key)}, since row-level security may hide them. Until the deploy is done, let the owner of workspace_secrets have ` +
        `the rights of that of ${key.table}, and run: ALTER TABLE ${key.table} NO FORCE ROW LEVEL SECURITY;`,
    ];
  }
  try {
    const found: z.infer<typeof Found>[] = [];
    for (const part of parts) {
      found.push(
        ...(await queryRows(retryingBriefly(execute, 'references'), Found, { sql: childrenSql(key, part) })),
      );
    }
    return reasonsOf(key, (what) => found.some((each) => each[what]));
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.insufficientPrivilege) {
      return [
        `${unseen(key)} (SQLSTATE ${SQLSTATE.insufficientPrivilege}). Let the owner of workspace_secrets read ${key.table}.`,
      ];
    }
    const columns = key.columns.map(quote).join(', ');
    return isSilent(key)
      ? [
          `${unseen(key)} ${whyUnseen(error)} Where it lacks an index: CREATE INDEX CONCURRENTLY ON ${key.table} (${columns});`,
        ]
      : [];
  }
};

const refersToKey = ({ referencedColumns }: ForeignKey): boolean => referencedColumns.includes('key');

const isSilent = (key: ForeignKey): boolean =>
  SILENT_DELETES.includes(key.onDelete) || (refersToKey(key) && SILENT_UPDATES.includes(key.onUpdate));

const unseen = ({ table, name }: ForeignKey): string =>
  `Whether rows of ${table} refer to MODEL_PROVIDER rows by the foreign key ${name} cannot be seen`;

const reasonsOf = (
  { name, table, onDelete, onUpdate }: ForeignKey,
  has: (what: keyof z.infer<typeof Found>) => boolean,
): string[] => [
  ...(has('held')
    ? [
        `Rows of ${table} hold on to picks by the foreign key ${name} (ON DELETE ${ACTIONS[onDelete]}), so that no such ` +
          'pick could be cleared. Let the foreign key give way: ON DELETE CASCADE or ON DELETE SET NULL.',
      ]
    : []),
  ...(has('superseded')
    ? [
        `Rows of ${table} refer by the foreign key ${name} (ON DELETE ${ACTIONS[onDelete]}) to MODEL_PROVIDER rows that the ` +
          'rename would take away, since their workspaces have a MODEL row. Point them elsewhere, or delete those MODEL_PROVIDER rows.',
      ]
    : []),
  ...(has('renamed')
    ? [
        `Rows of ${table} refer by the foreign key ${name} (ON UPDATE ${ACTIONS[onUpdate]}) to the key MODEL_PROVIDER. ` +
          'Let the foreign key follow: ON UPDATE CASCADE.',
      ]
    : []),
];

const BESIDE =
  "EXISTS (SELECT FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND CAST(m.key AS text) = 'MODEL')";

/** Beginning with the rows that are referred to: where there are none, no row of a table that may be far larger is read. */
const childrenSql = (key: ForeignKey, part: string): string => {
  const { table, columns, referencedColumns, onDelete, onUpdate } = key;
  const joined = columns.map(
    (column, index) => `c.${quote(column)} = s.${quote(referencedColumns[index] ?? '')}`,
  );
  const legacy = "= 'MODEL_PROVIDER'";
  const isReferred = (which: string): string => `EXISTS (
    SELECT FROM workspace_secrets s WHERE ${part} AND CAST(s.key AS text) ${which}
      AND EXISTS (SELECT FROM ${table} c WHERE ${joined.join(' AND ')})
  )`;
  const held = HOLDING.includes(onDelete) ? isReferred("IN ('MODEL', 'MODEL_PROVIDER')") : 'false';
  const renamed = refersToKey(key) && onUpdate !== 'c' ? isReferred(legacy) : 'false';
  return `SELECT ${held} AS held, ${renamed} AS renamed, ${isReferred(`${legacy} AND ${BESIDE}`)} AS superseded`;
};

// Rows of other tables that refer to rows which the rename deletes, or which it or its undo gives another key.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { partsOf } from '../../database/pages.ts';
import { type ForeignKey, type PgCatalog, quote, tableOf } from '../../database/pg-catalog.ts';
import { queryRows } from '../../database/rows.ts';
import { retryingBriefly } from '../retry.ts';
import type { KeyChange } from './key-changes.ts';
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

const Concerned = z.object({ concerned: z.boolean() });

/**
 * Reasons to refuse: an undo could not give such rows back, or PostgreSQL would refuse the rename half-way, or later a clear.
 */
export const referenceConflicts = async (
  execute: Execute,
  catalogue: PgCatalog,
  change: KeyChange,
): Promise<string[]> => {
  const incoming = catalogue.foreignKeys.filter((key) => key.isTo && (change.supersedes || refersToKey(key)));
  const { pages = 0, owner = catalogue.user } = tableOf(catalogue, 'workspace_secrets') ?? {};
  const look = { parts: partsOf(pages), reader: owner };
  const reasons = await Promise.all(incoming.map((key) => conflictOf(execute, key, change, look)));
  return reasons.flat();
};

interface Look {
  /** Conditions on workspace_secrets, which together are of the whole table. */
  parts: string[];
  /** The owner of workspace_secrets, who has to see the rows. */
  reader: string;
}

/** A look that cannot be had is left to the run where that would fail, or has no row that it would be about. */
const conflictOf = async (
  execute: Execute,
  key: ForeignKey,
  change: KeyChange,
  { parts, reader }: Look,
): Promise<string[]> => {
  const { table, owner, hasHiddenRows } = key;
  const unseen = `It cannot be checked whether rows of ${table} refer to ${change.from} rows by the foreign key ${key.name}`;
  const silent = isSilent(key, change);
  if (silent && hasHiddenRows) {
    if (!(await isConcerned(execute, key, change, parts))) {
      return [];
    }
    const membership = owner === reader ? '' : `GRANT ${quote(owner)} TO ${quote(reader)}; `;
    return [
      `${unseen}, since row-level security may hide them. For the deploy, run: ` +
        `${membership}ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY;`,
    ];
  }
  try {
    const found: z.infer<typeof Found>[] = [];
    for (const part of parts) {
      found.push(
        ...(await queryRows(retryingBriefly(execute, 'references'), Found, {
          sql: childrenSql(key, change, part),
        })),
      );
    }
    return reasonsOf(key, change, (what) => found.some((each) => each[what]));
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.insufficientPrivilege) {
      return [
        `${unseen} (SQLSTATE ${SQLSTATE.insufficientPrivilege}). Run: GRANT SELECT ON ${table} TO ${quote(reader)};`,
      ];
    }
    const columns = key.columns.map(quote).join(', ');
    return silent && (await isConcerned(execute, key, change, parts))
      ? [
          `${unseen} ${whyUnseen(error)} Where it lacks an index: CREATE INDEX CONCURRENTLY ON ${table} (${columns});`,
        ]
      : [];
  }
};

/** Whether the run takes a row away, or gives it another key, to which the foreign key may lead; also where that is not seen. */
const isConcerned = async (
  execute: Execute,
  key: ForeignKey,
  { changed, superseded }: KeyChange,
  parts: string[],
): Promise<boolean> => {
  const which = refersToKey(key) ? `(${changed} OR ${superseded})` : superseded;
  try {
    for (const part of parts) {
      const sql = `SELECT EXISTS (SELECT FROM workspace_secrets WHERE ${part} AND ${which}) AS concerned`;
      const [found] = await queryRows(retryingBriefly(execute, 'references'), Concerned, { sql });
      if (found?.concerned !== false) {
        return true;
      }
    }
    return false;
  } catch {
    return true;
  }
};

const refersToKey = ({ referencedColumns }: ForeignKey): boolean => referencedColumns.includes('key');

const isSilent = (key: ForeignKey, { supersedes }: KeyChange): boolean =>
  (supersedes && SILENT_DELETES.includes(key.onDelete)) ||
  (refersToKey(key) && SILENT_UPDATES.includes(key.onUpdate));

const reasonsOf = (
  { name, table, onDelete, onUpdate }: ForeignKey,
  { from }: KeyChange,
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
        `Rows of ${table} refer by the foreign key ${name} (ON UPDATE ${ACTIONS[onUpdate]}) to the key ${from}. ` +
          'Let the foreign key follow: ON UPDATE CASCADE.',
      ]
    : []),
];

/** Beginning with the rows that are referred to: where there are none, no row of a table that may be far larger is read. */
const childrenSql = (key: ForeignKey, change: KeyChange, part: string): string => {
  const { table, columns, referencedColumns, onDelete, onUpdate } = key;
  const { changed, supersedes, superseded } = change;
  const joined = columns.map(
    (column, index) => `c.${quote(column)} = workspace_secrets.${quote(referencedColumns[index] ?? '')}`,
  );
  const isReferred = (which: string): string => `EXISTS (
    SELECT FROM workspace_secrets WHERE ${part} AND ${which}
      AND EXISTS (SELECT FROM ${table} c WHERE ${joined.join(' AND ')})
  )`;
  const mayHold = supersedes && HOLDING.includes(onDelete);
  const mayKeepName = refersToKey(key) && onUpdate !== 'c';
  return `SELECT ${mayHold ? isReferred(PICKS) : 'false'} AS held,
    ${mayKeepName ? isReferred(changed) : 'false'} AS renamed, ${isReferred(superseded)} AS superseded`;
};

const PICKS = "CAST(workspace_secrets.key AS text) IN ('MODEL', 'MODEL_PROVIDER')";

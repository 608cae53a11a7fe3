// Legacy rows that a constraint of workspace_secrets would refuse once they are renamed or given back. The trial has made-up
// rows alone; these are looks at all rows, and only for constraints that some of them may break.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import type { Check, Column, ForeignKey, PgCatalog, Table, Unique } from '../../database/pg-catalog.ts';
import { quote, tableOf } from '../../database/pg-catalog.ts';
import { queryRows } from '../../database/rows.ts';
import { retryingBriefly } from '../retry.ts';

interface Look {
  /** A query for the workspace of one such row. */
  sql: string;
  /** What is wrong with it, and how to mend it. */
  reason: (row: string) => string;
}

const Found = z.object({ workspace: z.nullable(z.string()) });

/**
 * A look that cannot be had is left to the run, whose failure says what to do: a table so large that it takes longer than
 * the Data API's 45 s, or another one that the owner may not read.
 */
export const unfitRows = async (execute: Execute, catalogue: PgCatalog): Promise<string[]> => {
  const table = tableOf(catalogue, 'workspace_secrets');
  const reasons: string[] = [];
  for (const { sql, reason } of table === undefined ? [] : looksAt(table, catalogue.foreignKeys)) {
    const [found] = await queryRows(retryingBriefly(execute, 'rows'), Found, { sql }).catch(() => []);
    if (found !== undefined) {
      reasons.push(reason(found.workspace === null ? 'no workspace' : `the workspace ${found.workspace}`));
    }
  }
  return reasons;
};

const looksAt = (table: Table, foreignKeys: readonly ForeignKey[]): Look[] => [
  ...table.columns.flatMap((column) => caseLook(table, column)),
  ...table.columns.flatMap((column) => deletedLook(table, column)),
  ...table.checks.flatMap((check) => checkLook(table, check)),
  ...table.uniques.flatMap((unique) => uniqueLook(table, unique)),
  ...foreignKeys.filter(({ isOf }) => isOf).flatMap((key) => foreignKeyLook(table, key)),
];

const LEGACY = "workspace_secrets.key = 'MODEL_PROVIDER'";
const BESIDE = `EXISTS (
    SELECT FROM workspace_secrets m WHERE m.workspace_id = workspace_secrets.workspace_id AND m.key = 'MODEL'
  )`;

/** Rows as the rename leaves them; the value of a CASE has type and collation of the column. */
const afterwards = ({ columns }: Table, where: string): string => {
  const list = columns.map(({ name }) =>
    name === 'key' ? `CASE WHEN ${LEGACY} THEN 'MODEL' ELSE workspace_secrets.key END AS key` : quote(name),
  );
  return `(SELECT ${list.join(', ')} FROM workspace_secrets WHERE ${where}) AS r`;
};

const asTheyAre = (where: string): string => `(SELECT * FROM workspace_secrets WHERE ${where}) AS r`;

const lookAt = (rows: readonly string[], broken: string, reason: Look['reason']): Look[] => {
  const looks = rows.map(
    (from) => `(SELECT CAST(r.workspace_id AS text) AS workspace FROM ${from} WHERE ${broken} LIMIT 1)`,
  );
  return looks.length === 0 ? [] : [{ sql: looks.join(' UNION ALL '), reason }];
};

/** Such rows would be renamed, too, and an undo would give them the keys in upper case. */
const caseLook = ({ qualified }: Table, { name, ignoresCaseBy }: Column): Look[] => {
  if (name !== 'key' || ignoresCaseBy === null) {
    return [];
  }
  const names = "('MODEL', 'MODEL_PROVIDER')";
  return lookAt(
    [asTheyAre(`workspace_secrets.key IN ${names}`)],
    `CAST(r.key AS text) COLLATE "C" NOT IN ${names}`,
    (row) =>
      `By ${ignoresCaseBy}, the column key of ${qualified} takes a key of ${row} for MODEL or MODEL_PROVIDER that is written in ` +
      `another case. Run: UPDATE ${qualified} SET key = upper(CAST(key AS text)) WHERE key IN ${names};`,
  );
};

/** A row that the platform takes for deleted would be a pick again, or win over the one that is not. */
const deletedLook = ({ qualified }: Table, { name, type }: Column): Look[] => {
  if (!/^deleted_?at$/i.test(name) || !type.startsWith('timestamp')) {
    return [];
  }
  const marked = `key IN ('MODEL', 'MODEL_PROVIDER') AND ${quote(name)} IS NOT NULL`;
  return lookAt(
    [asTheyAre(marked)],
    'true',
    (row) =>
      `The column ${name} of ${qualified} marks a row of ${row} as deleted, which the service does not know of: it would be that ` +
      `workspace's pick. Run: DELETE FROM ${qualified} WHERE ${marked};`,
  );
};

const refusing =
  ({ qualified }: Table, what: string, mend: string): Look['reason'] =>
  (row) =>
    `The ${what} of ${qualified} refuses the MODEL_PROVIDER row of ${row} where the rename or its undo writes it${mend}`;

/** PostgreSQL looks at a row that is written, also by a constraint that is not valid for those from before. */
const checkLook = (table: Table, { name, expression, isValid, columns }: Check): Look[] => {
  const rows = [
    ...(isValid && !columns.includes('key') ? [] : [afterwards(table, `${LEGACY} AND NOT ${BESIDE}`)]),
    ...(isValid ? [] : [asTheyAre(LEGACY)]),
  ];
  return lookAt(
    rows,
    `NOT (${expression})`,
    refusing(
      table,
      `check constraint ${name}`,
      `. Change such rows, or run: ALTER TABLE ${table.qualified} DROP CONSTRAINT ${name};`,
    ),
  );
};

/** Only rows that the rename changes can break it, which it does not where it tells workspaces and keys apart. */
const uniqueLook = (table: Table, unique: Unique): Look[] => {
  const { name, columns, terms, predicate, joinsNulls, isValid } = unique;
  const isPlain = predicate === null && !columns.includes(null);
  const isApart = !joinsNulls && columns.includes('workspace_id') && columns.includes('key');
  if (!isValid || isApart || (isPlain && !columns.includes('key'))) {
    return [];
  }
  const counted = [
    ...(predicate === null ? [] : [`(${predicate})`]),
    ...(joinsNulls ? [] : terms.map((term) => `(${term}) IS NOT NULL`)),
  ];
  const sql = `SELECT min(CAST(r.workspace_id AS text)) AS workspace FROM ${afterwards(table, `NOT (${LEGACY} AND ${BESIDE})`)}
    WHERE ${counted.join(' AND ') || 'true'} GROUP BY ${terms.join(', ')} HAVING count(*) > 1 LIMIT 1`;
  const mend = ', since there is another row like it. Remove one of the two, or the index.';
  return [{ sql, reason: refusing(table, `unique constraint or index ${name}`, mend) }];
};

/** An undo inserts superseded rows; the key of the others is all that is updated. */
const foreignKeyLook = (table: Table, key: ForeignKey): Look[] => {
  const { name, columns, referenced, referencedColumns, isValid } = key;
  const rows = [
    ...(columns.includes('key') ? [afterwards(table, `${LEGACY} AND NOT ${BESIDE}`)] : []),
    ...(isValid ? [] : [asTheyAre(`${LEGACY}${columns.includes('key') ? '' : ` AND ${BESIDE}`}`)]),
  ];
  const given = columns.map((column) => `r.${quote(column)} IS NOT NULL`).join(' AND ');
  const same = columns.map(
    (column, index) => `f.${quote(referencedColumns[index] ?? '')} = r.${quote(column)}`,
  );
  return lookAt(
    rows,
    `${given} AND NOT EXISTS (SELECT FROM ${referenced} f WHERE ${same.join(' AND ')})`,
    refusing(
      table,
      `foreign key ${name}`,
      `, since ${referenced} lacks what it refers to. Remove such rows, or add what they refer to.`,
    ),
  );
};

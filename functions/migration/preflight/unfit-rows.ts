// Rows that a constraint of workspace_secrets would refuse once they are renamed or given back. The trial has made-up
// rows alone; these are looks at all rows, and only for constraints that some of them may break.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { partsOf } from '../../database/pages.ts';
import type { Check, Column, ForeignKey, PgCatalog, Table, Unique } from '../../database/pg-catalog.ts';
import { quote, tableOf } from '../../database/pg-catalog.ts';
import { queryRows } from '../../database/rows.ts';
import { retryingBriefly } from '../retry.ts';
import { type KeyChange, RENAME } from './key-changes.ts';
import { whyUnseen } from './unseen.ts';

interface Look {
  /** Queries for the workspace of one such row, a part of the table each. */
  queries: string[];
  /** What is wrong with it, and how to mend it. */
  reason: (row: string) => string;
  /** What cannot be seen without the look; none where the run would fail. */
  unseen?: string;
}

const Found = z.object({ workspace: z.nullable(z.string()) });

export const unfitRows = async (
  execute: Execute,
  catalogue: PgCatalog,
  change: KeyChange,
): Promise<string[]> => {
  const table = tableOf(catalogue, 'workspace_secrets');
  const reasons: string[] = [];
  for (const look of table === undefined ? [] : looksAt(table, catalogue.foreignKeys, change)) {
    reasons.push(...(await reasonOf(execute, look)));
  }
  return reasons;
};

/**
 * A look that cannot be had is left to the run where that would fail and say what to do: a table so large that it takes longer
 * than the Data API's 45 s, or another one that the owner may not read.
 */
const reasonOf = async (execute: Execute, { queries, reason, unseen }: Look): Promise<string[]> => {
  try {
    for (const sql of queries) {
      const [found] = await queryRows(retryingBriefly(execute, 'rows'), Found, { sql });
      if (found !== undefined) {
        return [reason(found.workspace === null ? 'no workspace' : `the workspace ${found.workspace}`)];
      }
    }
    return [];
  } catch (error) {
    return unseen === undefined ? [] : [`${unseen} ${whyUnseen(error)}`];
  }
};

const looksAt = (table: Table, foreignKeys: readonly ForeignKey[], change: KeyChange): Look[] => [
  ...(change === RENAME
    ? table.columns.flatMap((column) => [...caseLook(table, column), ...deletedLook(table, column)])
    : []),
  ...table.checks.flatMap((check) => checkLook(table, check, change)),
  ...table.uniques.flatMap((unique) => uniqueLook(table, unique, change)),
  ...foreignKeys
    .filter(({ isOf, hidesReferenced }) => isOf && !hidesReferenced)
    .flatMap((key) => foreignKeyLook(table, key, change)),
];

/** Rows of a part of the table. */
type Rows = (part: string) => string;

/** Rows as the change leaves them; the value of a CASE has type and collation of the column. */
const afterwards = ({ columns }: Table, { changed, to }: KeyChange, where: string): Rows => {
  const list = columns.map(({ name }) =>
    name === 'key' ? `CASE WHEN ${changed} THEN '${to}' ELSE workspace_secrets.key END AS key` : quote(name),
  );
  return (part) => `(SELECT ${list.join(', ')} FROM workspace_secrets WHERE ${part} AND ${where}) AS r`;
};

const asTheyAre =
  (where: string): Rows =>
  (part) =>
    `(SELECT * FROM workspace_secrets WHERE ${part} AND ${where}) AS r`;

const lookAt = (
  { pages }: Table,
  rows: readonly Rows[],
  broken: string,
  look: Omit<Look, 'queries'>,
): Look[] => {
  const queryOf = (part: string) =>
    rows
      .map(
        (from) =>
          `(SELECT CAST(r.workspace_id AS text) AS workspace FROM ${from(part)} WHERE ${broken} LIMIT 1)`,
      )
      .join(' UNION ALL ');
  return rows.length === 0 ? [] : [{ ...look, queries: partsOf(pages).map(queryOf) }];
};

/** Such rows would be renamed, too, and an undo would give them the keys in upper case. */
const caseLook = (table: Table, { name, ignoresCaseBy }: Column): Look[] => {
  const { qualified } = table;
  if (name !== 'key' || ignoresCaseBy === null) {
    return [];
  }
  const names = "('MODEL', 'MODEL_PROVIDER')";
  return lookAt(
    table,
    [asTheyAre(`workspace_secrets.key IN ${names}`)],
    `CAST(r.key AS text) COLLATE "C" NOT IN ${names}`,
    {
      reason: (row) =>
        `By ${ignoresCaseBy}, the column key of ${qualified} takes a key of ${row} for MODEL or MODEL_PROVIDER that is written in ` +
        `another case. Run: UPDATE ${qualified} SET key = upper(CAST(key AS text)) WHERE key IN ${names};`,
      unseen: `It cannot be checked whether a key MODEL or MODEL_PROVIDER of ${qualified} is written in another case`,
    },
  );
};

const DELETED = /^(is_?)?(deleted|discarded)(_?(at|on))?$/i;

/** How columns of a type mark a row as deleted. */
const MARKS: readonly [type: RegExp, mark: string][] = [
  [/^(timestamp|date)/, 'IS NOT NULL'],
  [/^boolean$/, 'IS TRUE'],
  [/^(smallint|integer|bigint|numeric)/, '<> 0'],
];

/** A row that the platform takes for deleted would be a pick again, or win over the one that is not. */
const deletedLook = (table: Table, { name, type }: Column): Look[] => {
  const { qualified } = table;
  const [, mark] = MARKS.find(([types]) => types.test(type)) ?? [];
  if (mark === undefined || !DELETED.test(name)) {
    return [];
  }
  const marked = `key IN ('MODEL', 'MODEL_PROVIDER') AND ${quote(name)} ${mark}`;
  return lookAt(table, [asTheyAre(marked)], 'true', {
    reason: (row) =>
      `The column ${name} of ${qualified} marks a row of ${row} as deleted, which the service does not know of: it would be that ` +
      `workspace's pick. Run: DELETE FROM ${qualified} WHERE ${marked};`,
    unseen: `It cannot be checked whether the column ${name} of ${qualified} marks a pick as deleted`,
  });
};

const refusing = ({ qualified }: Table, what: string, mend: string) => ({
  reason: (row: string) =>
    `The ${what} of ${qualified} refuses the MODEL_PROVIDER row of ${row} where the rename or its undo writes it${mend}`,
});

/**
 * PostgreSQL looks at a row that is written, also by a constraint that is not valid for those from before. One on the whole row
 * may be about the key, but such an expression fits no row but the table's own: the look fails, and is left to the trial.
 */
const checkLook = (
  table: Table,
  { name, expression, isValid, columns }: Check,
  change: KeyChange,
): Look[] => {
  const { changed, givenBack } = change;
  const rows = [
    ...(isValid && !columns.includes('key') && !columns.includes(null)
      ? []
      : [afterwards(table, change, changed)]),
    ...(isValid ? [] : [asTheyAre(givenBack)]),
  ];
  return lookAt(
    table,
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
const uniqueLook = (table: Table, unique: Unique, change: KeyChange): Look[] => {
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
  const rows = afterwards(table, change, `NOT (${change.superseded})`);
  const sql = `SELECT min(CAST(r.workspace_id AS text)) AS workspace FROM ${rows('true')}
    WHERE ${counted.join(' AND ') || 'true'} GROUP BY ${terms.join(', ')} HAVING count(*) > 1 LIMIT 1`;
  const mend = ', since there is another row like it. Remove one of the two, or the index.';
  return [{ queries: [sql], ...refusing(table, `unique constraint or index ${name}`, mend) }];
};

/**
 * An undo inserts superseded rows; the key of the others is all that is updated. PostgreSQL checks a foreign key regardless of
 * row-level security, which a look is subject to.
 */
const foreignKeyLook = (table: Table, key: ForeignKey, change: KeyChange): Look[] => {
  const { changed, superseded, givenBack } = change;
  const { name, columns, referenced, referencedColumns, isValid } = key;
  const rows = [
    ...(columns.includes('key') ? [afterwards(table, change, changed)] : []),
    ...(isValid ? [] : [asTheyAre(columns.includes('key') ? givenBack : superseded)]),
  ];
  const given = columns.map((column) => `r.${quote(column)} IS NOT NULL`).join(' AND ');
  const same = columns.map(
    (column, index) => `f.${quote(referencedColumns[index] ?? '')} = r.${quote(column)}`,
  );
  return lookAt(
    table,
    rows,
    `${given} AND NOT EXISTS (SELECT FROM ${referenced} f WHERE ${same.join(' AND ')})`,
    refusing(
      table,
      `foreign key ${name}`,
      `, since ${referenced} lacks what it refers to. Remove such rows, or add what they refer to.`,
    ),
  );
};

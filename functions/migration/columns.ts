// Column lists in migrations: `/* @columns <table> */` becomes the table's columns, as this database has them. The ledger
// keeps the result, so that the code of an earlier release can run it.
import { lexSql } from '../../sql/lexer.ts';
import type { Execute } from '../database/client.ts';
import { insertableColumns } from '../database/columns.ts';
import type { Step } from '../database/step.ts';

const MARKER = /^\/\*\s*@columns\s+([a-z_][a-z0-9_]*)\s*\*\/$/;

/** The lists of all tables that the migrations name. */
export const columnsOfTables = async (
  execute: Execute,
  migrations: readonly { up: readonly Step[]; down: readonly Step[] }[],
): Promise<ReadonlyMap<string, string>> => {
  const columnsOf = new Map<string, string>();
  for (const table of tablesNamedIn(migrations.flatMap(({ up, down }) => [...up, ...down]))) {
    columnsOf.set(table, await insertableColumns(execute, table));
  }
  return columnsOf;
};

export const withColumns = (steps: readonly Step[], columnsOf: ReadonlyMap<string, string>): Step[] =>
  steps.map((step) => ({
    ...step,
    sql: [...lexSql(step.sql)]
      .map(({ text }) => columnsOf.get(MARKER.exec(text)?.[1] ?? '') ?? text)
      .join(''),
  }));

const tablesNamedIn = (steps: readonly Step[]): Set<string> =>
  new Set(steps.flatMap(({ sql }) => [...lexSql(sql)].flatMap(({ text }) => MARKER.exec(text)?.[1] ?? [])));

// Column lists in migrations: `/* @columns <table> */` becomes the table's columns, as this database has them. The ledger
// keeps the result, so that the code of an earlier release can run it.
import { lexSql } from '../../sql/lexer.ts';
import type { Step } from '../database/step.ts';

const MARKER = /^\/\*\s*@columns\s+([a-z_][a-z0-9_]*)\s*\*\/$/;

/** Tables whose columns the steps name. */
export const tablesNamedIn = (steps: readonly Step[]): string[] => [
  ...new Set(
    steps.flatMap(({ sql }) => [...lexSql(sql)].flatMap(({ text }) => MARKER.exec(text)?.[1] ?? [])),
  ),
];

export const withColumns = (steps: readonly Step[], columnsOf: ReadonlyMap<string, string>): Step[] =>
  steps.map((step) => ({
    ...step,
    sql: [...lexSql(step.sql)]
      .map(({ text }) => columnsOf.get(MARKER.exec(text)?.[1] ?? '') ?? text)
      .join(''),
  }));

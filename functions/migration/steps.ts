// A migration file as steps: one statement each, some of them to be walked over a table's pages.
import * as z from 'zod/mini';
import type { Step } from '../database/step.ts';
import { MigrationFileError } from './errors.ts';
import { lexSql } from './sql-lexer.ts';

const WALK = /^--\s*@walk\s+([a-z_][a-z0-9_]*)\s*$/;
const DIRECTIVE = /^--\s*@/;

/**
 * Splits SQL at its semicolons, those in strings, dollar quotes and comments left alone. Comments stay with the
 * statement that they precede; `-- @walk <table>` on a line of its own makes it a walk.
 * @throws MigrationFileError naming the file, for a directive that is not known or a statement that is not ended
 */
export const splitSteps = (sql: string, file: string): Step[] => {
  const steps: Step[] = [];
  let statement = '';
  let walk: string | undefined;
  let isEmpty = true;

  for (const { kind, text } of lexSql(sql)) {
    if (kind === 'semicolon') {
      if (!isEmpty) steps.push({ sql: statement.trim(), ...(walk !== undefined && { walk }) });
      [statement, walk, isEmpty] = ['', undefined, true];
      continue;
    }
    if (kind === 'comment') walk = walkOf(text, file) ?? walk;
    else if (text.trim() !== '') isEmpty = false;
    statement += text;
  }
  if (!isEmpty) throw new MigrationFileError(`${file}: the last statement does not end in a semicolon.`);
  return steps;
};

const walkOf = (comment: string, file: string): string | undefined => {
  const table = WALK.exec(comment)?.[1];
  if (table === undefined && DIRECTIVE.test(comment)) {
    throw new MigrationFileError(
      `${file}: "${comment}" is not a directive; the only one is "-- @walk <table>".`,
    );
  }
  return table;
};

const StoredSteps = z.array(z.object({ sql: z.string(), walk: z.exactOptional(z.string()) }));

/** The steps that the ledger keeps as JSON. */
export const storedSteps = (json: string): Step[] => StoredSteps.parse(JSON.parse(json));

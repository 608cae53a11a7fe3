// A migration file as steps: one statement each, some of them to be walked over a table's pages.
import * as z from 'zod/mini';
import { lexSql } from '../../sql/lexer.ts';
import type { Step } from '../database/step.ts';
import { MigrationFileError } from './errors.ts';

const DIRECTIVE = /^--\s*@(walk|alters)\s+([a-z_][a-z0-9_]*)\s*$/;
const LIKE_A_DIRECTIVE = /^--\s*@/;

type Directives = Omit<Step, 'sql'>;

/**
 * Splits SQL at its semicolons, those in strings, dollar quotes and comments left alone. Comments stay with the
 * statement that they precede; on a line of its own, `-- @walk <table>` makes it a walk over that table's pages, and
 * `-- @alters <table>` has autovacuum make way for it.
 * @throws MigrationFileError naming the file, for a directive that is not known or a statement that is not ended
 */
export const splitSteps = (sql: string, file: string): Step[] => {
  const steps: Step[] = [];
  let statement = '';
  let directives: Directives = {};
  let isEmpty = true;

  for (const { kind, text } of lexSql(sql)) {
    if (kind === 'semicolon') {
      if (!isEmpty) {
        steps.push({ sql: statement.trim(), ...directives });
      }
      [statement, directives, isEmpty] = ['', {}, true];
      continue;
    }
    if (kind === 'comment') {
      directives = { ...directives, ...directiveIn(text, file) };
    } else if (text.trim() !== '') {
      isEmpty = false;
    }
    statement += text;
  }
  if (!isEmpty) {
    throw new MigrationFileError(`${file}: the last statement does not end in a semicolon.`);
  }
  return steps;
};

const directiveIn = (comment: string, file: string): Directives => {
  const [, name, table] = DIRECTIVE.exec(comment) ?? [];
  if (name !== undefined && table !== undefined) {
    return { [name]: table };
  }
  if (!LIKE_A_DIRECTIVE.test(comment)) {
    return {};
  }
  throw new MigrationFileError(
    `${file}: "${comment}" is not a directive; those are "-- @walk <table>" and "-- @alters <table>".`,
  );
};

const StoredSteps = z.array(
  z.object({ sql: z.string(), walk: z.exactOptional(z.string()), alters: z.exactOptional(z.string()) }),
);

/** The steps that the ledger keeps as JSON. */
export const storedSteps = (json: string): Step[] => StoredSteps.parse(JSON.parse(json));

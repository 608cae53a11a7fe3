// A migration file as steps: one statement each, and what its comments say about it.
import * as z from 'zod/mini';
import { lexSql } from '../../sql/lexer.ts';
import type { Step } from '../database/step.ts';
import { MigrationFileError } from './errors.ts';

const TABLE_DIRECTIVE = /^--\s*@(walk|alters)\s+([a-z_][a-z0-9_]*)\s*$/;
const FLAG_DIRECTIVE = /^--\s*@(swept|proves)\s*$/;
const SUPERSEDES = /^--\s*@supersedes\s+([0-9a-f]{64})\s*$/;
const LIKE_A_DIRECTIVE = /^--\s*@/;

type Directives = Omit<Step, 'sql'>;

/**
 * Splits SQL at its semicolons, except those in strings, dollar quotes and comments. Comments stay with the statement
 * that they precede. A comment on a line of its own may be a directive of that statement:
 * - `-- @walk <table>`: a batch over the table's pages, repeated until a whole pass skipped nothing
 * - `-- @swept`: the walk ends with its statement over the whole table at once, repeated until that skips nothing
 * - `-- @alters <table>`: autovacuum is kept off the table meanwhile
 * - `-- @proves`: where the statement violates a check constraint, the walk before it is repeated
 * @throws MigrationFileError naming the file, for a directive that is not known, a statement that is not ended, or what
 *   the Data API would take for a placeholder
 */
export const splitSteps = (sql: string, file: string): Step[] => {
  const steps: Step[] = [];
  let statement = '';
  let directives: Directives = {};
  let isEmpty = true;

  for (const { kind, text, start } of lexSql(sql)) {
    if (kind === 'semicolon') {
      if (!isEmpty) {
        refusePlaceholders(statement, { file, before: sql.slice(0, start - statement.length) });
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
  requireWalks(steps, file);
  return steps;
};

/** Checksums of earlier forms of the file, which left the database in the same state: `-- @supersedes <sha256>`. */
export const supersededChecksums = (sql: string): string[] =>
  [...lexSql(sql)].flatMap(({ kind, text }) =>
    kind === 'comment' ? (SUPERSEDES.exec(text)?.[1] ?? []) : [],
  );

const directiveIn = (comment: string, file: string): Directives => {
  const [, name, table] = TABLE_DIRECTIVE.exec(comment) ?? [];
  if (name !== undefined && table !== undefined) {
    return { [name]: table };
  }
  const [, flag] = FLAG_DIRECTIVE.exec(comment) ?? [];
  if (flag !== undefined) {
    return { [flag]: true };
  }
  if (!LIKE_A_DIRECTIVE.test(comment) || SUPERSEDES.test(comment)) {
    return {};
  }
  throw new MigrationFileError(
    `${file}: "${comment}" is not a directive; those are "-- @walk <table>", "-- @swept", ` +
      '"-- @alters <table>", "-- @proves" and "-- @supersedes <SHA-256 of an earlier form of the file>".',
  );
};

/** Everything goes through the Data API, which would send another statement than the one that is written here. */
const refusePlaceholders = (statement: string, { file, before }: { file: string; before: string }): void => {
  const found = [...lexSql(statement, 'data-api')].find(({ kind }) => kind === 'placeholder');
  if (found !== undefined) {
    const line = (before + statement.slice(0, found.start)).split('\n').length;
    throw new MigrationFileError(
      `${file}, line ${line}: the Data API takes "${found.text}" for a parameter, between dollar quotes and in slices, too. ` +
        'Write such a text in single quotes, and unnest an array instead of slicing it.',
    );
  }
};

const requireWalks = (steps: Step[], file: string): void => {
  if (steps.some(({ swept, walk }) => swept && walk === undefined)) {
    throw new MigrationFileError(`${file}: only a statement under "-- @walk <table>" can be "-- @swept".`);
  }
  if (steps.some(({ proves }, index) => proves && steps[index - 1]?.walk === undefined)) {
    throw new MigrationFileError(`${file}: a statement under "-- @proves" has to follow a walk.`);
  }
};

const StoredSteps = z.array(
  z.object({
    sql: z.string(),
    walk: z.exactOptional(z.string()),
    swept: z.exactOptional(z.boolean()),
    alters: z.exactOptional(z.string()),
    proves: z.exactOptional(z.boolean()),
  }),
);

/** The steps that the ledger keeps as JSON. */
export const storedSteps = (json: string): Step[] => StoredSteps.parse(JSON.parse(json));

// Cuts SQL into the few kinds of token that tell where a statement ends and what is a placeholder.
// It follows PostgreSQL's own scanner (src/backend/parser/scan.l) with standard_conforming_strings on.

export interface SqlToken {
  readonly kind: 'text' | 'quoted' | 'comment' | 'placeholder' | 'semicolon';
  readonly text: string;
  readonly start: number;
}

export type SqlReader = 'postgres' | 'data-api';

/**
 * The tokens cover the whole input: their texts joined are the input again. `quoted` is a string, a dollar-quoted
 * string or a quoted identifier, with its quotes; what is not terminated runs to the end, for PostgreSQL to refuse.
 * Every `:name` outside those is a placeholder, in a slice such as `a[1:n]` too, as in psql; `::` and `:=` are text.
 *
 * AWS's Data API reads otherwise: it knows no dollar quotes, so that it replaces a `:name` between them, too, and the `:2`
 * of a slice is a placeholder to it (both seen on Aurora PostgreSQL 17.9: tmokmss/aurora-data-api-proxy, COMPATIBILITY.md).
 */
export function* lexSql(sql: string, reader: SqlReader = 'postgres'): Generator<SqlToken, void, undefined> {
  let textStart = 0;
  let at = 0;
  while (at < sql.length) {
    const special = specialAt(sql, at, reader);
    if (special === undefined) {
      at = ordinaryEnd(sql, at);
      continue;
    }
    if (at > textStart) {
      yield { kind: 'text', text: sql.slice(textStart, at), start: textStart };
    }
    yield { kind: special.kind, text: sql.slice(at, special.end), start: at };
    at = special.end;
    textStart = at;
  }
  if (at > textStart) {
    yield { kind: 'text', text: sql.slice(textStart), start: textStart };
  }
}

// A name may be a number (drizzle-orm sends `:1`), except where that would be a slice such as `a[1:2]`.
const placeholders: Record<SqlReader, RegExp> = {
  postgres: /:[A-Za-z_][A-Za-z0-9_]*|(?<![\w[\])]):\d+/y,
  'data-api': /:(?:[A-Za-z_][A-Za-z0-9_]*|\d+)/y,
};
const dollarTag = /\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$/y;
// A word is skipped whole: the `$` in `a$b$c` opens nothing, nor does the `e` that ends `name'…'` escape anything.
const ordinary =
  /[A-Za-z_\x80-\uffff][A-Za-z0-9_$\x80-\uffff]*|\$?[0-9][A-Za-z0-9_\x80-\uffff]*|::|[\s,.()=<>+*[\]]+/y;
// Strings with only a line break, white space and comments between them are one string, with the first one's way of escaping.
const continuation = /[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:\s|--[^\n\r]*[\n\r])*'/y;

const specialAt = (
  sql: string,
  at: number,
  reader: SqlReader,
): { kind: SqlToken['kind']; end: number } | undefined => {
  switch (sql[at]) {
    case "'":
      return { kind: 'quoted', end: quoteEnd(sql, at + 1, "'") };
    case '"':
      return { kind: 'quoted', end: quoteEnd(sql, at + 1, '"') };
    case 'e':
    case 'E':
      return sql[at + 1] === "'" ? { kind: 'quoted', end: escapeStringEnd(sql, at + 2) } : undefined;
    case '$': {
      const tag = reader === 'postgres' ? match(dollarTag, sql, at) : '';
      return tag === '' ? undefined : { kind: 'quoted', end: endAfter(sql, tag, at + tag.length) };
    }
    case '-':
      return sql[at + 1] === '-' ? { kind: 'comment', end: lineEnd(sql, at) } : undefined;
    case '/':
      return sql[at + 1] === '*' ? { kind: 'comment', end: blockCommentEnd(sql, at + 2) } : undefined;
    case ';':
      return { kind: 'semicolon', end: at + 1 };
    case ':': {
      const name = match(placeholders[reader], sql, at);
      return name === '' ? undefined : { kind: 'placeholder', end: at + name.length };
    }
    default:
      return undefined;
  }
};

const ordinaryEnd = (sql: string, at: number): number => at + Math.max(1, match(ordinary, sql, at).length);

const match = (pattern: RegExp, sql: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? '';
};

const endAfter = (sql: string, wanted: string, from: number): number => {
  const found = sql.indexOf(wanted, from);
  return found === -1 ? sql.length : found + wanted.length;
};

// A doubled quote stands for one quote and ends nothing.
const quoteEnd = (sql: string, from: number, quote: string): number => {
  let end = endAfter(sql, quote, from);
  while (sql[end] === quote) {
    end = endAfter(sql, quote, end + 1);
  }
  return end;
};

const escapeStringEnd = (sql: string, from: number): number => {
  let at = from;
  while (at < sql.length) {
    if (sql[at] === '\\') {
      at += 2;
    } else if (sql[at] !== "'") {
      at += 1;
    } else if (sql[at + 1] === "'") {
      at += 2;
    } else {
      const next = match(continuation, sql, at + 1);
      if (next === '') {
        return at + 1;
      }
      at += 1 + next.length;
    }
  }
  return sql.length;
};

// PostgreSQL ends a line at either of the two; the break itself belongs to the text that follows.
const lineEnd = (sql: string, at: number): number => {
  const found = sql.slice(at).search(/[\n\r]/);
  return found === -1 ? sql.length : at + found;
};

const commentEdge = /\/\*|\*\//g;

// Block comments nest in SQL.
const blockCommentEnd = (sql: string, from: number): number => {
  commentEdge.lastIndex = from;
  let depth = 1;
  for (let edge = commentEdge.exec(sql); edge !== null; edge = commentEdge.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) {
      return commentEdge.lastIndex;
    }
  }
  return sql.length;
};

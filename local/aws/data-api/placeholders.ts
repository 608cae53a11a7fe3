// `:name` placeholders become PostgreSQL's `$1`, `$2`, …, wherever AWS takes something for one.
import { lexSql, type SqlToken } from '../../../sql/lexer.ts';

export interface PlaceholderSql {
  text: string;
  /** The name for `$1`, the name for `$2`, … */
  names: readonly string[];
  /** Those that only AWS takes for placeholders: in dollar quotes, and in slices. Without a value nothing is bound to them. */
  unmeant: ReadonlySet<string>;
  /** Whether the caller wrote a `$n`: the Data API binds nothing to it. */
  hasNumbered: boolean;
}

const CACHED_STATEMENTS = 500;
const LONGEST_CACHED = 20_000;
const cache = new Map<string, PlaceholderSql>();

export const replacePlaceholders = (sql: string): PlaceholderSql => {
  const cached = cache.get(sql);
  if (cached !== undefined) {
    return cached;
  }

  const replaced = replace(sql);
  if (cache.size >= CACHED_STATEMENTS) {
    cache.clear();
  }
  if (sql.length <= LONGEST_CACHED) {
    cache.set(sql, replaced);
  }
  return replaced;
};

const numberedParameter = /(?<![A-Za-z0-9_$\x80-\uffff])\$\d+/;

const replace = (sql: string): PlaceholderSql => {
  const tokens = [...lexSql(sql)];
  const asSeenByAws = [...lexSql(sql, 'data-api')];
  const meant = namesIn(tokens);
  // Those that are bound to come first: PostgreSQL counts the values by the highest number that it reads outside of a string.
  const names = [...new Set([...meant, ...namesIn(asSeenByAws)])];
  return {
    text: asSeenByAws
      .map(({ kind, text }) => (kind === 'placeholder' ? `$${names.indexOf(text.slice(1)) + 1}` : text))
      .join(''),
    names,
    unmeant: new Set(names.filter((name) => !meant.has(name))),
    hasNumbered: tokens.some(({ kind, text }) => kind === 'text' && numberedParameter.test(text)),
  };
};

const namesIn = (tokens: readonly SqlToken[]): Set<string> =>
  new Set(tokens.filter(({ kind }) => kind === 'placeholder').map(({ text }) => text.slice(1)));

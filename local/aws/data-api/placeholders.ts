// `:name` placeholders become PostgreSQL's `$1`, `$2`, …, wherever AWS takes something for one.
import { lexSql } from '../../../sql/lexer.ts';

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
  const names: string[] = [];
  const texts = [...lexSql(sql, 'data-api')].map(({ kind, text }) => {
    if (kind !== 'placeholder') {
      return text;
    }
    const name = text.slice(1);
    if (!names.includes(name)) {
      names.push(name);
    }
    return `$${names.indexOf(name) + 1}`;
  });
  const tokens = [...lexSql(sql)];
  const meant = new Set(tokens.filter(({ kind }) => kind === 'placeholder').map(({ text }) => text.slice(1)));
  return {
    text: texts.join(''),
    names,
    unmeant: new Set(names.filter((name) => !meant.has(name))),
    hasNumbered: tokens.some(({ kind, text }) => kind === 'text' && numberedParameter.test(text)),
  };
};

// `:name` placeholders become PostgreSQL's `$1`, `$2`, …; everything quoted or commented out stays as it is.
import { lexSql } from '../../../sql/lexer.ts';

export interface PlaceholderSql {
  text: string;
  /** The name for `$1`, the name for `$2`, … */
  names: readonly string[];
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
  let text = '';
  let hasNumbered = false;
  for (const token of lexSql(sql)) {
    if (token.kind === 'text') {
      hasNumbered ||= numberedParameter.test(token.text);
    }
    if (token.kind !== 'placeholder') {
      text += token.text;
      continue;
    }
    const name = token.text.slice(1);
    if (!names.includes(name)) {
      names.push(name);
    }
    text += `$${names.indexOf(name) + 1}`;
  }
  return { text, names, hasNumbered };
};

// `:name` placeholders become PostgreSQL's `$1`, `$2`, …, wherever AWS takes something for one.
import { lexSql, type SqlToken } from '../../../sql/lexer.ts';

export interface PlaceholderSql {
  text: string;
  /** The name for `$1`, the name for `$2`, …: a name that stands twice has two of them. */
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

// AWS binds a value for each place of its name, as a statement grouped by a parameter shows: 42803 (sbalmt/ez4, whose driver plays
// the Data API, "repeated named binding (one bind per occurrence)").
const replace = (sql: string): PlaceholderSql => {
  const tokens = [...lexSql(sql)];
  const asSeenByAws = [...lexSql(sql, 'data-api')];
  const meant = new Map(tokens.filter(isPlaceholder).map((token) => [token.start, nameOf(token)]));
  const names = [...meant.values()];
  const places = asSeenByAws.filter(isPlaceholder);
  const unmeant = new Set(places.map(nameOf).filter((name) => !names.includes(name)));
  // Those that are bound come first: PostgreSQL counts the values by the highest number that it reads outside of a string, and
  // so a place inside of one takes the number of another place of its name.
  const bound = [...names, ...unmeant];
  const numbers = new Map([...meant.keys()].map((start, index) => [start, index + 1]));
  const numberOf = (token: SqlToken) => numbers.get(token.start) ?? bound.indexOf(nameOf(token)) + 1;
  return {
    text: asSeenByAws.map((token) => (isPlaceholder(token) ? `$${numberOf(token)}` : token.text)).join(''),
    names: bound,
    unmeant,
    hasNumbered: tokens.some(({ kind, text }) => kind === 'text' && numberedParameter.test(text)),
  };
};

const isPlaceholder = ({ kind }: SqlToken): boolean => kind === 'placeholder';
const nameOf = ({ text }: SqlToken): string => text.slice(1);

// Cuts SQL into the few kinds of token that tell where a statement ends and what is a placeholder.
// It follows PostgreSQL's own scanner (src/backend/parser/scan.l) with standard_conforming_strings on.

export interface SqlToken {
  readonly kind: 'text' | 'quoted' | 'comment' | 'placeholder' | 'semicolon';
  readonly text: string;
  readonly start: number;
}

/**
 * The tokens cover the whole input: their texts joined are the input again. `quoted` is a string, a dollar-quoted
 * string or a quoted identifier, with its quotes. Something unterminated runs to the end: PostgreSQL will say so.
 * `:name` is a placeholder wherever PostgreSQL's scanner could stand before it, so also in `a[1:n]`; `::` and `:=` are not.
 */
export function* lexSql(sql: string): Generator<SqlToken, void, undefined> {
  let textStart = 0;
  let at = 0;
  while (at < sql.length) {
    const skipped = plainEnd(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const special = specialAt(sql, at);
    if (special === undefined) {
      at += sql.startsWith('::', at) ? 2 : 1;
      continue;
    }
    if (at > textStart) yield { kind: 'text', text: sql.slice(textStart, at), start: textStart };
    yield { kind: special.kind, text: sql.slice(at, special.end), start: at };
    at = special.end;
    textStart = at;
  }
  if (at > textStart) yield { kind: 'text', text: sql.slice(textStart), start: textStart };
}

// Words are skipped whole, because within one a `$` quotes nothing (`a$b$c` is a name) and a last `e` escapes nothing.
const plain = /(?:[\p{L}\p{M}_](?<!\b[eE](?='))[\p{L}\p{M}\p{N}_$]*|\$?[0-9][\p{L}\p{M}\p{N}_]*|[\s,.()=]+)/uy;

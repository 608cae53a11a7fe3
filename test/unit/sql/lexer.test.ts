import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lexSql, type SqlToken } from '../../../sql/lexer.ts';

const texts = (sql: string, kind: SqlToken['kind']): string[] =>
  [...lexSql(sql)].filter((token) => token.kind === kind).map((token) => token.text);

// Fragments that open, close and escape things, so that random sequences of them reach every state of the lexer.
const fragment = fc.constantFrom(
  ...["'", '"', '$$', '$a$', '$1', '--', '/*', '*/', ';', ':', '::', ':n', ':='],
  ...['e', "E'", '\\', '\n', ' ', 'é', 'x'],
);
const anySql = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragment).map((fragments) => fragments.join('')),
);

describe('lexSql', () => {
  it('covers the whole input, in order, with tokens that are never empty', () => {
    fc.assert(
      fc.property(anySql, (sql) => {
        const tokens = [...lexSql(sql)];
        expect(tokens.map((token) => token.text).join('')).toBe(sql);
        let start = 0;
        for (const token of tokens) {
          expect(token.start).toBe(start);
          expect(token.text).not.toBe('');
          start += token.text.length;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('sees no placeholder or semicolon inside any quoted text or comment', () => {
    const wrap = [
      (text: string) => `'${text.replaceAll("'", "''")}'`,
      (text: string) => `"${text.replaceAll('"', '""')}"`,
      (text: string) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
      (text: string) => `$q$${text}$q$`,
      (text: string) => `/*${text}*/`,
      (text: string) => `--${text}`,
    ] as const;
    const content = fc
      .array(fc.constantFrom(';', ':a', "'", '"', '\\', '$$', '-', 'x', ' '))
      .map((c) => c.join(''));
    fc.assert(
      fc.property(content, fc.constantFrom(...wrap), (text, quote) => {
        const sql = `select ${quote(text)}\n; :after`;
        expect(texts(sql, 'placeholder')).toEqual([':after']);
        expect(texts(sql, 'semicolon')).toEqual([';']);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['select :a, :b_1', [':a', ':b_1']],
    ["select '2020-01-01'::date, :id::uuid, a::text", [':id']],
    ['select :a::text::int', [':a']],
    ['select :1, (:2), a[1:2]', [':1', ':2']],
    ['do $$ begin x := :1; end $$', []],
    ['select x := 1, y=:y', [':y']],
    ['select (array[1,2,3])[1:n], a[:from:2]', [':n', ':from']],
    ['select $1, $2::int', []],
    ['select tab$le$:a$le$', [':a']],
    ["select name':a'", []],
    ["select e'\\':a' || :b", [':b']],
    ["select E'x'\n  '\\':a', :b", [':b']],
    ["select E'x' -- :a\n '\\':b', :c", [':c']],
    ["select E'x' -- :a\r -- :b\n\n '\\':c', :d", [':d']],
    ["select E'x' -- 'y\\':a'\n, :b", [':b']],
    ["select '\\', :a, ''", [':a']],
    ["select U&'\\0041', :a", [':a']],
    ['/* a /* :b */ :c */ :d', [':d']],
    ['select 1+--:a\n:b', [':b']],
    ['select 1//*:a*/:b', [':b']],
    ['select $a$ $b$ $$ :x $a$, :y', [':y']],
    ['select $é$ :x $é$, $1$$:y$$', []],
  ])('finds the placeholders of %s', (sql, placeholders) => {
    expect(texts(sql, 'placeholder')).toEqual(placeholders);
  });

  it.each([
    ['select $$a :b c$$, $q$ :d $q$', [':b', ':d']],
    ['select (array[1,2,3])[1:2], a[:3]', [':2', ':3']],
    [`select ':a', ":b", E'\\':c' /* :d */ -- :e`, []],
    [`do $$ begin x := 1; y:=':a'::text; perform $b$ ':c' :d $b$; end $$`, [':d']],
    ['select :a::text, :1', [':a', ':1']],
  ])("finds the placeholders of %s as AWS's Data API does", (sql, placeholders) => {
    const found = [...lexSql(sql, 'data-api')].filter(({ kind }) => kind === 'placeholder');
    expect(found.map(({ text }) => text)).toEqual(placeholders);
  });

  it.each(["'a", '"a', "e'a\\", '$$a', '$a$ $b$', '/* /* */', '-- a'])(
    'runs to the end in the unended %s',
    (sql) => {
      expect([...lexSql(`select ${sql};:x`)]).toHaveLength(2);
    },
  );

  it('cuts four megabytes of one string without a stack', () => {
    const sql = `select '${"''x".repeat(1_400_000)}'`;
    expect([...lexSql(sql)].map((token) => token.kind)).toEqual(['text', 'quoted']);
  });
});

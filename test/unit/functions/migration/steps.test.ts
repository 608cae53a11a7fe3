// How a migration file becomes steps, and which files are refused.
import { expect, it } from 'vitest';
import { MigrationFileError } from '../../../../functions/migration/errors.ts';
import { splitSteps, storedSteps } from '../../../../functions/migration/steps.ts';

const split = (sql: string) => splitSteps(sql, 'some.up.sql');

const expectRefused = (sql: string, message: RegExp) => {
  expect(() => split(sql)).toThrow(MigrationFileError);
  expect(() => split(sql)).toThrow(message);
};

it('makes a step of each statement, with the comments before it', () => {
  expect(split('-- Why.\nSELECT 1;\n\nSELECT 2;\n')).toEqual([
    { sql: '-- Why.\nSELECT 1' },
    { sql: 'SELECT 2' },
  ]);
});

it('splits at no semicolon in strings, dollar quotes, identifiers and comments', () => {
  const statements = [`SELECT ';'`, 'DO $a$ BEGIN; END $a$', 'SELECT 1 AS ";"', 'SELECT /* ; */ 1 -- ;\n'];
  expect(split(`${statements.join(';')};`).map(({ sql }) => sql)).toEqual(
    statements.map((sql) => sql.trim()),
  );
});

it('passes over statements that hold nothing', () => {
  expect(split(';;\n -- Only words.\n; SELECT 1;')).toEqual([{ sql: 'SELECT 1' }]);
  expect(split('-- Why: nothing to undo.\n')).toEqual([]);
});

it('reads the directives of a statement, and carries none over to the next', () => {
  expect(split('-- @walk some_table\nSELECT 1;\n-- @alters other\nSELECT 2;\nSELECT 3;')).toMatchObject([
    { walk: 'some_table' },
    { alters: 'other' },
    { sql: 'SELECT 3' },
  ]);
  expect(split('-- @walk some_table\nSELECT 1;\nSELECT 2;')[1]).toEqual({ sql: 'SELECT 2' });
});

it.each([
  '-- @wlak some_table',
  '-- @walk',
  '-- @walk some table',
  '-- @walk Some',
  '--@ walk some',
  '-- @alter x',
])('refuses the directive "%s", naming the file and the right ones', (comment) => {
  expectRefused(`${comment}\nSELECT 1;`, /^some\.up\.sql: .*-- @walk <table>/);
});

it('knows walks that end with a sweep, and proofs of the walk before them', () => {
  expect(split('-- @walk t\n-- @swept\nSELECT 1;\n-- @proves\nSELECT 2;')).toMatchObject([
    { walk: 't', swept: true },
    { proves: true },
  ]);
  expectRefused('SELECT 1;\n-- @proves\nSELECT 2;', /^some\.up\.sql: .*has to follow a walk/);
  expectRefused('-- @swept\nSELECT 1;', /^some\.up\.sql: only a statement under "-- @walk <table>"/);
});

it('refuses a last statement without a semicolon', () => {
  expectRefused('SELECT 1; SELECT 2', /^some\.up\.sql: .*semicolon/);
});

it.each([
  ['DO $$ BEGIN\n  RAISE NOTICE $n$ at :noon $n$; END $$', ':noon', 2],
  ['SELECT 1;\n\nSELECT (ARRAY[1, 2, 3])[1:2]', ':2', 3],
  ['SELECT a[:n] FROM t', ':n', 1],
])('refuses what the Data API would take for a parameter, with its line: %s', (sql, text, line) => {
  expectRefused(`${sql};`, new RegExp(`^some\\.up\\.sql, line ${line}: .*"${text}".*single quotes.*unnest`));
});

it('takes colons that the Data API leaves alone: in casts, assignments, quotes and comments', () => {
  const sql = `DO $$ DECLARE n int := 1::int; BEGIN n:=2; PERFORM ':a', "x:b" -- :c\n; /* :d */ END $$`;
  expect(split(`SELECT $$it's$$;${sql};`)[1]).toEqual({ sql });
});

it('reads from the ledger what it wrote into it', () => {
  const steps = split('-- @walk some_table\nSELECT 1;\n-- @alters other\nSELECT 2;\nSELECT 3;');
  expect(storedSteps(JSON.stringify(steps))).toEqual(steps);
});

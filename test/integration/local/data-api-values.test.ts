import { randomBytes } from 'node:crypto';
import { type Field, type SqlParameter, TypeHint } from '@aws-sdk/client-rds-data';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dataApiOf, expectCallRefused } from '../../helpers/data-api.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let api: ReturnType<typeof dataApiOf>;

beforeAll(async () => {
  stack = await startTestStack();
  api = dataApiOf(stack);
  await stack.sql("CREATE TYPE mood AS ENUM ('calm', 'busy')");
});

afterAll(() => stack.close());

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a value in a result', () => {
  it.each<[string, Field]>([
    ['1::int2', { longValue: 1 }],
    ['-2::int4', { longValue: -2 }],
    ['9007199254740991::int8', { longValue: 9_007_199_254_740_991 }],
    ['true', { booleanValue: true }],
    ['false', { booleanValue: false }],
    ['0.1::float8', { doubleValue: 0.1 }],
    ['1e20::float4', { doubleValue: 1e20 }],
    ['1.50::numeric', { stringValue: '1.50' }],
    ["'Ünïcode \" \\'::text", { stringValue: 'Ünïcode " \\' }],
    ["'a'::varchar(3)", { stringValue: 'a' }],
    ["'a'::char(3)", { stringValue: 'a  ' }],
    ["'\\x00ff'::bytea", { blobValue: bytes(0, 255) }],
    ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", { stringValue: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }],
    [`'{"a": [1, " "]}'::json`, { stringValue: '{"a":[1," "]}' }],
    [`'{"a": [1, "b: \\", c"], "b": {}}'::jsonb`, { stringValue: '{"a":[1,"b: \\", c"],"b":{}}' }],
    [`array['{"a": 1}'::jsonb]`, { arrayValue: { stringValues: ['{"a":1}'] } }],
    ["'2026-05-19'::date", { stringValue: '2026-05-19' }],
    ["'12:30'::time", { stringValue: '12:30:00' }],
    ["'12:30:00.5'::time", { stringValue: '12:30:00.500' }],
    ["'2026-05-19 12:30'::timestamp", { stringValue: '2026-05-19 12:30:00' }],
    ["'2026-05-19 12:30:00.855'::timestamp", { stringValue: '2026-05-19 12:30:00.855' }],
    ["'2026-05-19 12:30:00.000001'::timestamp", { stringValue: '2026-05-19 12:30:00.000001' }],
    [
      "array['2026-05-19 12:30:00.8551'::timestamp]",
      { arrayValue: { stringValues: ['2026-05-19 12:30:00.855100'] } },
    ],
    ["'2026-05-19 12:30+02'::timestamptz", { stringValue: '2026-05-19 10:30:00' }],
    ["'0044-03-15 00:30:00.5+01 BC'::timestamptz", { stringValue: '0044-03-14 23:30:00.500 BC' }],
    ["'127.0.0.1'::inet", { stringValue: '127.0.0.1' }],
    ["'calm'::mood", { stringValue: 'calm' }],
    ['NULL::int', { isNull: true }],
    ['array[1, NULL]::int4[]', { arrayValue: { longValues: [1, null] } }],
    ["array['a', '{\"', NULL]", { arrayValue: { stringValues: ['a', '{"', null] } }],
    ['array[true]', { arrayValue: { booleanValues: [true] } }],
    ['array[1.5]::float8[]', { arrayValue: { doubleValues: [1.5] } }],
    ['array[1.5]::numeric[]', { arrayValue: { stringValues: ['1.5'] } }],
    ["array['busy']::mood[]", { arrayValue: { stringValues: ['busy'] } }],
    ['\'[2:3]={a,"b, \\\\c"}\'::text[]', { arrayValue: { stringValues: ['a', 'b, \\c'] } }],
    ["array['', 'NULL', E'a\\nb', ' ']", { arrayValue: { stringValues: ['', 'NULL', 'a\nb', ' '] } }],
    ['array[]::int[]', { arrayValue: { longValues: [] } }],
    ['NULL::int[]', { isNull: true }],
    ['26::oid', { stringValue: '26' }],
    ['array[26::oid]', { arrayValue: { stringValues: ['26'] } }],
  ])('answers the value %s in its field', async (sql, field) => {
    expect(await api.row(`SELECT ${sql}`)).toEqual([field]);
  });

  it('is in UTC, and whole bytes, whatever the session has set', async () => {
    const transactionId = await api.begin();
    await api.execute("SET LOCAL TIME ZONE 'America/Sao_Paulo'", { transactionId });
    await api.execute("SET LOCAL bytea_output = 'escape'", { transactionId });
    const sql = String.raw`SELECT '2026-05-19 23:30:00.25Z'::timestamptz, ARRAY['0001-01-01 00:00Z'::timestamptz],
      '\x68690a5cff'::bytea, ''::bytea, ARRAY['\x5c'::bytea]`;
    expect(await api.row(sql, { transactionId })).toEqual([
      { stringValue: '2026-05-19 23:30:00.250' },
      { arrayValue: { stringValues: ['0001-01-01 00:00:00'] } },
      { blobValue: bytes(0x68, 0x69, 0x0a, 0x5c, 0xff) },
      { blobValue: bytes() },
      { arrayValue: { stringValues: ['XA=='] } },
    ]);
    await api.rollback(transactionId);
  });

  it('is as it is, whatever is set for the user', async () => {
    // Roles belong to the whole server, which other tests share.
    const username = `reader_${randomBytes(4).toString('hex')}`;
    await stack.sql(`CREATE ROLE ${username} LOGIN PASSWORD 'one'`);
    onTestFinished(async () => {
      await stack.sql(`DROP ROLE ${username}`);
    });
    const settings = [
      'TimeZone = Asia/Tokyo',
      'DateStyle = German',
      'bytea_output = escape',
      'extra_float_digits = -3',
    ];
    for (const setting of settings) {
      await stack.sql(`ALTER ROLE ${username} SET ${setting.replace(/= (.+)/, "= '$1'")}`);
    }
    const secretArn = stack.aws.secrets.put('reader', JSON.stringify({ username, password: 'one' }));
    const sql = String.raw`SELECT '2026-05-19 23:30Z'::timestamptz, '2026-05-19'::date, '\xff'::bytea, 0.1::float8 + 0.2`;
    expect(await api.row(sql, { secretArn })).toEqual([
      { stringValue: '2026-05-19 23:30:00' },
      { stringValue: '2026-05-19' },
      { blobValue: bytes(0xff) },
      { doubleValue: 0.1 + 0.2 },
    ]);
  });

  it('keeps every digit of a bigint on the wire, and as a string where that is asked for', async () => {
    const sql = 'SELECT 9223372036854775807::int8';
    const request = { method: 'POST', body: JSON.stringify({ ...stack.target, sql }) };
    const response = await fetch(`${stack.aws.url}/Execute`, request);
    expect(await response.text()).toContain('{"longValue":9223372036854775807}');
    expect(await api.row(sql, { resultSetOptions: { longReturnType: 'STRING' } })).toEqual([
      { stringValue: '9223372036854775807' },
    ]);
  });

  it('answers a decimal as a number where that is asked for', async () => {
    const resultSetOptions = { decimalReturnType: 'DOUBLE_OR_LONG' } as const;
    expect(await api.row('SELECT 1.5::numeric, 2::numeric', { resultSetOptions })).toEqual([
      { doubleValue: 1.5 },
      { longValue: 2 },
    ]);
    const [largest, larger] = [2n ** 63n - 1n, 2n ** 63n];
    const sql = `SELECT ${largest}::numeric, ${larger}::numeric, ${-larger}::numeric, ${-larger - 1n}::numeric`;
    const request = { method: 'POST', body: JSON.stringify({ ...stack.target, sql, resultSetOptions }) };
    // JavaScript's numbers do not tell them apart.
    expect(await (await fetch(`${stack.aws.url}/Execute`, request)).text()).toContain(
      `[[{"longValue":${largest}},{"doubleValue":${larger}},{"longValue":${-larger}},{"doubleValue":${-larger - 1n}}]]`,
    );
  });
});

describe('a parameter', () => {
  it.each<[string, Omit<SqlParameter, 'name'>, string]>([
    ['string', { value: { stringValue: "o'clock" } }, 'text'],
    ['long', { value: { longValue: 5 } }, 'bigint'],
    ['double', { value: { doubleValue: 0.5 } }, 'double precision'],
    ['boolean', { value: { booleanValue: true } }, 'boolean'],
    ['blob', { value: { blobValue: bytes(1, 2) } }, 'bytea'],
    [
      'uuid',
      { value: { stringValue: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' }, typeHint: TypeHint.UUID },
      'uuid',
    ],
    ['json', { value: { stringValue: '[1]' }, typeHint: TypeHint.JSON }, 'json'],
    ['date', { value: { stringValue: '2026-05-19' }, typeHint: TypeHint.DATE }, 'date'],
    ['time', { value: { stringValue: '12:00:00' }, typeHint: TypeHint.TIME }, 'time without time zone'],
    [
      'timestamp',
      { value: { stringValue: '2026-05-19 12:00:00.5' }, typeHint: TypeHint.TIMESTAMP },
      'timestamp without time zone',
    ],
    ['decimal', { value: { stringValue: '1.10' }, typeHint: TypeHint.DECIMAL }, 'numeric'],
  ])('binds a %s parameter with its type', async (_, parameter, type) => {
    const parameters = [{ name: 'p', ...parameter }];
    expect(await api.row('SELECT pg_typeof(:p)::text', { parameters })).toEqual([{ stringValue: type }]);
  });

  it('binds null, of whatever type the statement makes of it', async () => {
    const parameters = [{ name: 'p', value: { isNull: true } }];
    expect(await api.row('SELECT :p::int IS NULL, coalesce(:p, 1)', { parameters })).toEqual([
      { booleanValue: true },
      { longValue: 1 },
    ]);
  });

  it('is compared with an array of text', async () => {
    const parameters = [
      { name: 'a', value: { stringValue: 'a' } },
      { name: 'b', value: { stringValue: 'b' } },
    ];
    expect(await api.row("SELECT '{a,c}'::text[] && ARRAY[:a, :b]", { parameters })).toEqual([
      { booleanValue: true },
    ]);
  });

  it('is bound for each place of its name, so that it groups nothing', async () => {
    const at = "date_trunc(:unit, '2026-05-19 12:30'::timestamp)";
    const parameters = [{ name: 'unit', value: { stringValue: 'day' } }];
    expect(await api.row(`SELECT ${at} = ${at}`, { parameters })).toEqual([{ booleanValue: true }]);
    await expectCallRefused(
      api.execute(
        'SELECT date_trunc(:unit, at) FROM (SELECT now() AS at) AS t GROUP BY date_trunc(:unit, at)',
        {
          parameters,
        },
      ),
      'DatabaseErrorException',
      'SQLState: 42803',
    );
  });

  it('may be null in two places of different types', async () => {
    await stack.sql('CREATE TABLE pairs AS SELECT 1 AS a, now() AS b');
    const parameters = [{ name: 'v', value: { isNull: true } }];
    const { numberOfRecordsUpdated } = await api.execute('UPDATE pairs SET a = :v, b = :v', { parameters });
    expect(numberOfRecordsUpdated).toBe(1);
  });

  it('answers a parameter as it was sent, whatever it holds', async () => {
    const arbitrary = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    // JSON has no -0.
    const double = fc.oneof(fc.double(), fc.constantFrom(1e17, -(2 ** 53), 1e20)).map((value) => value + 0);
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.uint8Array(), fc.maxSafeInteger(), double, async (a, b, c, d) => {
        const parameters = [
          { name: 'a', value: { stringValue: a } },
          { name: 'b', value: { blobValue: b } },
          { name: 'c', value: { longValue: c } },
          { name: 'd', value: { doubleValue: d } },
        ];
        const row = await api.row('SELECT :a, :b, :c, :d, :a', { parameters });
        expect(row).toEqual([
          { stringValue: a },
          { blobValue: b },
          { longValue: c },
          { doubleValue: d },
          { stringValue: a },
        ]);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps all 64 bits of a long, in single statements and in batches, both ways', async () => {
    await stack.sql('CREATE TABLE longs (value int8)');
    const post = async (path: string, body: object) => {
      // JavaScript's numbers do not hold them, so they go into the text.
      const text = JSON.stringify({ ...stack.target, ...body }).replaceAll(/"(-?\d+)n"/g, '$1');
      const response = await fetch(`${stack.aws.url}${path}`, { method: 'POST', body: text });
      return response.text();
    };
    const long = (value: bigint) => [{ name: 'long', value: { longValue: `${value}n` } }];
    const edges = fc.constantFrom(2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n));
    await fc.assert(
      fc.asyncProperty(fc.oneof(edges, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), async (value) => {
        const single = await post('/Execute', { sql: 'SELECT :long', parameters: long(value) });
        expect(single).toContain(`{"longValue":${value}}`);
        await post('/BatchExecute', {
          sql: 'INSERT INTO longs VALUES (:long)',
          parameterSets: [long(value)],
        });
        expect(await stack.sql('DELETE FROM longs RETURNING value::text')).toEqual([{ value: `${value}` }]);
      }),
      { numRuns: 20 },
    );
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
      const refused = await post('/Execute', { sql: 'SELECT :long', parameters: long(value) });
      expect(refused).toContain('longValue');
      expect(refused).toContain('message');
    }
  });

  it('finds placeholders neither in single and double quotes, comments or casts, nor in an assignment', async () => {
    const sql = `SELECT ':a', ":b".x::text /* :d */ FROM (SELECT :x::int AS x) AS ":b" -- :e`;
    const parameters = [{ name: 'x', value: { longValue: 7 } }];
    expect(await api.row(sql, { parameters })).toEqual([{ stringValue: ':a' }, { stringValue: '7' }]);
    await api.execute(
      "DO $body$ DECLARE n int; BEGIN n := 1; EXECUTE 'SELECT :n'''; EXCEPTION WHEN syntax_error THEN END $body$",
    );
  });

  it('replaces a name between dollar quotes, too, as AWS does without a word', async () => {
    expect(await api.row("SELECT $$a :b c$$, $q$ ':d' $q$")).toEqual([
      { stringValue: 'a $1 c' },
      { stringValue: " ':d' " },
    ]);
  });

  it('binds no value to a place between dollar quotes that has another one of its name outside', async () => {
    const parameters = [{ name: 'a', value: { stringValue: 'x' } }];
    expect(await api.row('SELECT $$ :a $$, :a, $$ :a $$', { parameters })).toEqual([
      { stringValue: ' $1 ' },
      { stringValue: 'x' },
      { stringValue: ' $1 ' },
    ]);
  });

  it('takes the end of a slice for a placeholder, as AWS does', async () => {
    const words = /syntax error at or near "\$1".*SQLState: 42601/s;
    await expectCallRefused(api.execute('SELECT (ARRAY[1,2,3])[1:2]'), 'DatabaseErrorException', words);
    expect(await api.row('SELECT (ARRAY[1,2,3])[2]')).toEqual([{ longValue: 2 }]);
  });

  it('passes over a parameter that the statement does not mention', async () => {
    const parameters = [{ name: 'unused', value: { longValue: 7 } }];
    expect(await api.row('SELECT 1', { parameters })).toEqual([{ longValue: 1 }]);
  });

  it('answers an error of PostgreSQL for a parameter that does not fit its hint', async () => {
    const parameters = [{ name: 'id', value: { stringValue: 'x' }, typeHint: TypeHint.UUID }];
    await expectCallRefused(
      api.execute('SELECT :id', { parameters }),
      'DatabaseErrorException',
      'SQLState: 22P02',
    );
  });
});

describe('a time as a parameter', () => {
  const hinted = (stringValue: string, typeHint: TypeHint) => [
    { name: 'at', value: { stringValue }, typeHint },
  ];

  it.each<[TypeHint, string]>([
    [TypeHint.DATE, '2026-07-22'],
    [TypeHint.TIME, '02:17:21'],
    [TypeHint.TIME, '02:17:21.804'],
    [TypeHint.TIMESTAMP, '2026-07-22 02:17:21'],
    [TypeHint.TIMESTAMP, '2026-07-22 02:17:21.804001'],
  ])('is taken as %s in the form %s', async (typeHint, text) => {
    const parameters = hinted(text, typeHint);
    expect(await api.row('SELECT :at::text', { parameters })).toEqual([{ stringValue: text }]);
  });

  it.each<[TypeHint, string, string]>([
    [TypeHint.TIMESTAMP, '2026-07-22T02:17:21.804Z', 'TimeStamp'],
    [TypeHint.TIMESTAMP, '2026-07-22 02:17:21+02:00', 'TimeStamp'],
    [TypeHint.TIMESTAMP, '2026-07-22', 'TimeStamp'],
    [TypeHint.TIMESTAMP, 'now', 'TimeStamp'],
    [TypeHint.DATE, '2026-07-22T02:17:21Z', 'Date'],
    [TypeHint.DATE, '22.07.2026', 'Date'],
    [TypeHint.TIME, '02:17:21Z', 'Time'],
    [TypeHint.TIME, '02:17', 'Time'],
  ])('is refused as %s in the form %s', async (typeHint, text, called) => {
    await expectCallRefused(
      api.execute('SELECT :at', { parameters: hinted(text, typeHint) }),
      'DatabaseErrorException',
      `Parse Error for ${called}: input contains invalid characters`,
    );
  });

  it('is left to PostgreSQL where its form is right', async () => {
    const parameters = hinted('2026-13-22', TypeHint.DATE);
    await expectCallRefused(
      api.execute('SELECT :at', { parameters }),
      'DatabaseErrorException',
      'SQLState: 22008',
    );
  });
});

describe('an answer', () => {
  it('counts the rows that a statement changed, and none where it returns rows', async () => {
    const inserted = await api.execute("INSERT INTO workspaces (name) VALUES ('a'), ('b')");
    expect(inserted.numberOfRecordsUpdated).toBe(2);
    expect(inserted.generatedFields).toEqual([]);
    expect(inserted.records).toBeUndefined();

    const returning = await api.execute("UPDATE workspaces SET name = 'c' RETURNING name");
    expect(returning.numberOfRecordsUpdated).toBe(0);
    expect(returning.records).toEqual([[{ stringValue: 'c' }], [{ stringValue: 'c' }]]);
    expect((await api.execute('DELETE FROM workspaces')).numberOfRecordsUpdated).toBe(2);
    expect((await api.execute('CREATE TABLE t (id int)')).numberOfRecordsUpdated).toBe(0);
  });

  it('describes columns only when asked', async () => {
    await stack.sql("INSERT INTO workspaces (name) VALUES ('a')");
    const sql = 'SELECT id AS workspace, name, budget_limit, 1 AS one, array[1] AS list FROM workspaces';
    expect((await api.execute(sql)).columnMetadata).toBeUndefined();

    const { columnMetadata = [] } = await api.execute(sql, { includeResultMetadata: true });
    expect(
      columnMetadata.map(({ name, label, typeName, tableName, nullable }) => [
        name,
        label,
        typeName,
        tableName,
        nullable,
      ]),
    ).toEqual([
      ['id', 'workspace', 'uuid', 'workspaces', 0],
      ['name', 'name', 'text', 'workspaces', 0],
      ['budget_limit', 'budget_limit', 'numeric', 'workspaces', 1],
      ['one', 'one', 'int4', '', 2],
      ['list', 'list', '_int4', '', 2],
    ]);
    expect(columnMetadata[2]).toMatchObject({
      type: 2,
      precision: 12,
      scale: 2,
      isSigned: true,
      schemaName: '',
    });
    expect(columnMetadata[4]).toMatchObject({ type: 2003, precision: 10 });
  });

  it('describes columns as JDBC does', async () => {
    await stack.sql(`
      CREATE TYPE pair AS (a int, b int);
      CREATE TABLE described (
        small smallserial, whole serial, long int8 GENERATED ALWAYS AS IDENTITY, padded int4 DEFAULT (7 + nextval('described_whole_seq')),
        doc jsonb, number oid, address inet, feeling mood, both_of pair, at timestamptz, yes bool
      )`);
    const { columnMetadata = [] } = await api.execute('SELECT * FROM described', {
      includeResultMetadata: true,
    });
    expect(
      columnMetadata.map(({ name, typeName, type, isAutoIncrement, isCaseSensitive, isSigned }) => [
        name,
        typeName,
        type,
        isAutoIncrement,
        isCaseSensitive,
        isSigned,
      ]),
    ).toEqual([
      ['small', 'smallserial', 5, true, false, true],
      ['whole', 'serial', 4, true, false, true],
      ['long', 'bigserial', -5, true, false, true],
      ['padded', 'serial', 4, true, false, true],
      ['doc', 'jsonb', 1111, false, true, false],
      ['number', 'oid', -5, false, false, false],
      ['address', 'inet', 1111, false, true, false],
      ['feeling', 'mood', 12, false, true, false],
      ['both_of', 'pair', 2002, false, true, false],
      ['at', 'timestamptz', 93, false, false, false],
      ['yes', 'bool', -7, false, false, false],
    ]);
  });

  // By pgjdbc's TypeInfoCache, getPrecision and getScale.
  it.each([
    ['numeric', 0, 0],
    ['numeric(10,2)', 10, 2],
    ['numeric(10,2)[]', 10, 2],
    ['varchar', 2_147_483_647, 0],
    ['varchar(10)', 10, 0],
    ['varchar(10)[]', 10, 0],
    ['char(3)[]', 3, 0],
    ['name', 2_147_483_647, 0],
    ['date', 13, 0],
    ['time', 15, 6],
    ['time(0)', 8, 0],
    ['time(1)', 11, 1],
    ['time(2)', 11, 2],
    ['timetz(3)', 18, 3],
    ['timestamp', 29, 6],
    ['timestamp(3)', 26, 3],
    ['timestamp(3)[]', 26, 3],
    ['timestamptz(0)', 28, 0],
    ['interval', 49, 6],
    ['interval(3)', 49, 3],
    ['interval day to second(2)', 49, 2],
  ])('describes precision and scale of %s as JDBC does', async (type, precision, scale) => {
    const sql = `SELECT NULL::${type} WHERE false`;
    const { columnMetadata } = await api.execute(sql, { includeResultMetadata: true });
    expect(columnMetadata).toMatchObject([{ precision, scale }]);
  });

  it('answers rows as one JSON string where that is asked for', async () => {
    const sql = `SELECT 1 AS id, 'a"b' AS name, NULL AS nothing, array[1,2] AS list, 1.5::numeric AS price, true AS yes`;
    const { formattedRecords, records } = await api.execute(sql, { formatRecordsAs: 'JSON' });
    expect(records).toBeUndefined();
    expect(JSON.parse(formattedRecords ?? '')).toEqual([
      { id: 1, name: 'a"b', nothing: null, list: [1, 2], price: '1.5', yes: true },
    ]);
    const doubles = await api.execute(
      'SELECT 10::float8 AS a, -2::float4 AS b, 1.5::float8 AS c, array[3::float8] AS d',
      {
        formatRecordsAs: 'JSON',
      },
    );
    expect(doubles.formattedRecords).toBe('[{"a":10.0,"b":-2.0,"c":1.5,"d":[3.0]}]');
    const none = await api.execute('SELECT 1 AS id WHERE false', { formatRecordsAs: 'JSON' });
    expect(none.formattedRecords).toBe('[]');
  });

  it('has no JSON for two columns of one name', async () => {
    const sql = 'SELECT 1 AS id, 2 AS id';
    await expectCallRefused(api.execute(sql, { formatRecordsAs: 'JSON' }), 'BadRequestException', 'one name');
    expect(await api.row(sql)).toEqual([{ longValue: 1 }, { longValue: 2 }]);
  });
});

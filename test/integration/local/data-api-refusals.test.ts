import { ExecuteStatementCommand } from '@aws-sdk/client-rds-data';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataApiOf, expectCallRefused } from '../../helpers/data-api.ts';
import { startTestStack, type TestStack } from '../../helpers/local-stack.ts';

let stack: TestStack;
let api: ReturnType<typeof dataApiOf>;

beforeAll(async () => {
  stack = await startTestStack();
  api = dataApiOf(stack);
});

afterAll(() => stack.close());

beforeEach(() => stack.sql('TRUNCATE workspaces CASCADE'));

const text = (name: string, stringValue: string) => ({ name, value: { stringValue } });

describe('a statement that AWS would refuse', () => {
  it.each(['SELECT 1; SELECT 2', "INSERT INTO workspaces (name) VALUES ('a'); DELETE FROM workspaces;"])(
    'refuses two statements in one call: %s',
    async (sql) => {
      await expectCallRefused(api.execute(sql), 'ValidationException', "Multistatements aren't supported");
      expect(await stack.sql('SELECT 1 FROM workspaces')).toEqual([]);
    },
  );

  it.each([
    'SELECT 1;',
    'SELECT 1; ;',
    'SELECT 1 -- a; b\n',
    'DO $$ BEGIN PERFORM 1; PERFORM 2; END $$',
    "SELECT ';'",
    'SELECT 1; /* the end; */',
  ])('takes for one statement: %s', async (sql) => {
    await expect(api.execute(sql)).resolves.toBeDefined();
  });

  it('refuses a statement with a schema', async () => {
    await expectCallRefused(
      api.execute('SELECT 1', { schema: 'public' }),
      'ValidationException',
      "The schema parameter isn't supported",
    );
  });

  it('refuses an array parameter', async () => {
    const parameters = [{ name: 'ids', value: { arrayValue: { longValues: [1] } } }];
    await expectCallRefused(
      api.execute('SELECT :ids', { parameters }),
      'ValidationException',
      'Array parameters are not',
    );
  });

  it('refuses a placeholder that has no parameter', async () => {
    await expectCallRefused(
      api.execute('SELECT :a, :b', { parameters: [text('a', '1')] }),
      'ValidationException',
      /parameter: b/,
    );
  });

  it.each(['$1', 'q?marks', 'mäil'])('refuses a parameter called %s', async (name) => {
    await expectCallRefused(
      api.execute('SELECT 1', { parameters: [text(name, '1')] }),
      'ValidationException',
      `Named parameter syntax is invalid, input: ${name}`,
    );
  });

  it('refuses a parameter that has no value', async () => {
    const call = api.execute('SELECT :a', { parameters: [{ name: 'a' }] });
    await expectCallRefused(call, 'ValidationException', 'no field set');
  });

  it.each([
    'CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql RETURN $1 * 2',
    'PREPARE plan (int) AS SELECT $1',
  ])('leaves the number of an argument to PostgreSQL: %s', async (sql) => {
    await expect(api.execute(sql)).resolves.toBeDefined();
  });

  it.each([
    ['SELECT $1', 0, 1],
    ['SELECT $1::int, :a', 1, 2],
  ])('binds nothing to a number: %s', async (sql, bound, required) => {
    await expectCallRefused(
      api.execute(sql, { parameters: [text('a', '1')] }),
      'DatabaseErrorException',
      new RegExp(
        `^ERROR: bind message supplies ${bound} parameters, but prepared statement (?:"" )?requires ${required}; SQLState: 08P01$`,
      ),
    );
  });

  it('refuses a statement of more than 65,536 characters', async () => {
    await expectCallRefused(api.execute(`SELECT '${'x'.repeat(65_536)}'`), 'BadRequestException', '65536');
  });

  it('refuses COPY FROM STDIN, and runs the next statement', async () => {
    await expectCallRefused(
      api.execute('COPY workspaces (name) FROM STDIN'),
      'DatabaseErrorException',
      '0A000',
    );
    expect(await api.row('SELECT 1')).toEqual([{ longValue: 1 }]);
  });

  it.each(['SELECT 1', 'SELECT 1 WHERE false'])(
    'refuses COPY (%s) TO STDOUT, and runs the next statement',
    async (query) => {
      const transactionId = await api.begin();
      const copy = api.execute(`COPY (${query}) TO STDOUT`, { transactionId });
      await expectCallRefused(copy, 'DatabaseErrorException', 'unexpected message: CopyOutResponse');
      expect(await api.row('SELECT 1', { transactionId })).toEqual([{ longValue: 1 }]);
      await api.rollback(transactionId);
    },
  );
});

describe('a request that AWS would refuse', () => {
  it('refuses a cluster that it does not have', async () => {
    const resourceArn = 'arn:aws:rds:us-east-1:000000000000:cluster:other';
    await expectCallRefused(
      api.execute('SELECT 1', { resourceArn }),
      'HttpEndpointNotEnabledException',
      `HttpEndpoint is not enabled for resource ${resourceArn}`,
    );
  });

  it('refuses a database that the cluster does not have', async () => {
    await expectCallRefused(
      api.execute('SELECT 1', { database: 'nowhere' }),
      'DatabaseErrorException',
      'ERROR: database "nowhere" does not exist; SQLState: 3D000',
    );
  });

  it('refuses a secret that does not exist', async () => {
    const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:nowhere';
    await expectCallRefused(
      api.execute('SELECT 1', { secretArn }),
      'SecretsErrorException',
      "can't find the specified secret",
    );
  });

  it('refuses a request of more than 4 MiB', async () => {
    const parameters = [text('a', 'x'.repeat(4 * 1024 * 1024))];
    await expectCallRefused(
      api.execute('SELECT length(:a)', { parameters }),
      'RequestEntityTooLargeException',
      '4194304',
      413,
    );
  });

  it('refuses the deprecated ExecuteSql, naming the operations that it has', async () => {
    const response = await fetch(`${stack.aws.url}/ExecuteSql`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
    expect(await response.text()).toMatch(/ExecuteSql.*ExecuteStatement, BatchExecuteStatement/);
  });

  const post = (body: string) => fetch(`${stack.aws.url}/Execute`, { method: 'POST', body });
  const withParameter = (value: string) =>
    post(
      `${JSON.stringify({ ...stack.target, sql: 'SELECT :a' }).slice(0, -1)},"parameters":[{"name":"a","value":${value}}]}`,
    );

  it('refuses a body that is no JSON', async () => {
    const response = await post('{');
    expect(response.headers.get('x-amzn-errortype')).toBe('SerializationException');
  });

  it.each([
    '{"blobValue":"xyz"}',
    '{"blobValue":"YmxvYg="}',
    '{"blobValue":"-_=="}',
    '{"blobValue":"YmxvYg== "}',
    String.raw`{"stringValue":"a\ud800"}`,
    String.raw`{"stringValue":"\uDFFFa"}`,
  ])('refuses a parameter that would be another one: %s', async (value) => {
    const response = await withParameter(value);
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
      400,
      'SerializationException',
    ]);
  });

  it('takes a character that is written as a pair of surrogates', async () => {
    const response = await withParameter(String.raw`{"stringValue":"\ud83d\ude00"}`);
    expect(await response.json()).toMatchObject({ records: [[{ stringValue: '😀' }]] });
  });
});

describe('an error of PostgreSQL', () => {
  it('hands on the SQLSTATE of an error of PostgreSQL, and no detail, which could quote a row', async () => {
    await stack.sql("INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'a')");
    const error = await expectCallRefused(
      api.execute("INSERT INTO workspaces (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'b')"),
      'DatabaseErrorException',
      /^ERROR: duplicate key value violates unique constraint "workspaces_pkey"; SQLState: 23505$/,
    );
    expect(error.message).not.toContain('00000000');
  });

  it('hands on hint and position of an error, as for a string compared with a uuid', async () => {
    await expectCallRefused(
      api.execute('SELECT 1 FROM workspaces WHERE id = :id', { parameters: [text('id', 'x')] }),
      'DatabaseErrorException',
      /^ERROR: operator does not exist: uuid = text; Hint: .+; Position: 35; SQLState: 42883$/,
    );
  });

  it('tells a syntax error apart from two statements', async () => {
    await expectCallRefused(api.execute('SELEC 1; SELECT 2'), 'DatabaseErrorException', 'SQLState: 42601');
  });
});

describe('a result that AWS would refuse', () => {
  const unsupported = [
    ["'1'::money", 'MONEY'],
    ["'(1,2)'::point", 'POINT'],
    ["'(1,2),3'::circle", 'CIRCLE'],
    [`'a'::"char"`, '"CHAR"'],
    ["array['1'::money]", '_MONEY'],
    ["'pg_class'::regclass", 'regclass'],
    ["pg_typeof('a')", 'regtype'],
    ["'1 day'::interval", 'INTERVAL'],
    ["array['1 day'::interval]", '_INTERVAL'],
    ["'12:30+02'::timetz", 'TIMETZ'],
    ["xmlcomment('a')", 'XML'],
    ["'08:00:2b:01:02:03'::macaddr", 'MACADDR'],
    ["'08:00:2b:01:02:03:04:05'::macaddr8", 'MACADDR8'],
    ["'1 12'::int2vector", 'int2vector'],
    ["array['1 12'::int2vector]", '_int2vector'],
    ["'23'::oidvector", 'oidvector'],
  ] as const;

  it.each(unsupported)('refuses a result with %s', async (value, name) => {
    const words = `The result contains the unsupported data type ${name}.`;
    for (const sql of [`SELECT ${value}`, `SELECT CASE WHEN false THEN ${value} END`]) {
      for (const formatRecordsAs of ['NONE', 'JSON'] as const) {
        await expectCallRefused(api.execute(sql, { formatRecordsAs }), 'UnsupportedResultException', words);
      }
    }
    expect(await api.row(`SELECT (${value})::text IS NOT NULL`)).toEqual([{ booleanValue: true }]);
  });

  it.each(unsupported)('describes a result without rows that would have %s', async (value, name) => {
    const sql = `SELECT ${value} WHERE false`;
    const { records, columnMetadata } = await api.execute(sql, { includeResultMetadata: true });
    expect(records).toEqual([]);
    expect(columnMetadata).toMatchObject([{ typeName: name.toLowerCase().replaceAll('"', '') }]);
    const { formattedRecords } = await api.execute(sql, { formatRecordsAs: 'JSON' });
    expect(formattedRecords).toBe('[]');
  });

  it.each([
    "'infinity'::timestamptz",
    "'-infinity'::timestamp",
    "'infinity'::date",
    "array['infinity'::date]",
  ])('fails for a result with %s', async (value) => {
    // The SDK's words for an error without any.
    await expectCallRefused(api.execute(`SELECT ${value}`), 'InternalFailure', /^UnknownError$/, 500);
    expect(await api.row(`SELECT (${value})::text IS NOT NULL`)).toEqual([{ booleanValue: true }]);
  });

  it('refuses a result with an array of arrays', async () => {
    await expectCallRefused(
      api.execute('SELECT array[[1,2],[3,4]]'),
      'UnsupportedResultException',
      'The result contains a multidimensional array',
    );
  });

  const TOO_LARGE = /^The result exceeds the size limit 1 MB\.$/;

  it('refuses a result of more than 1 MiB', async () => {
    const rows = (count: number) => api.execute(`SELECT repeat('x', 1000), generate_series(1, ${count})`);
    await expectCallRefused(rows(1_000_000_000), 'UnsupportedResultException', TOO_LARGE);
    // What each row counts beside its values, as others measured it.
    const uuids = (count: number) =>
      api.execute(`SELECT gen_random_uuid() FROM generate_series(1, ${count})`);
    expect((await uuids(24_800)).records).toHaveLength(24_800);
    await expectCallRefused(uuids(25_000), 'UnsupportedResultException', TOO_LARGE);
  });

  it('hands over a large row, as long as the whole result is within 1 MiB', async () => {
    expect(await api.row("SELECT repeat('x', 100000)")).toEqual([{ stringValue: 'x'.repeat(100_000) }]);
    const [field] = await api.row("SELECT decode(repeat('ff', 1000000), 'hex')");
    expect(field?.blobValue).toHaveLength(1_000_000);
    await expectCallRefused(
      api.execute("SELECT decode(repeat('ff', 1100000), 'hex')"),
      'UnsupportedResultException',
      TOO_LARGE,
    );
  });
});

it('lets nobody in without the right password', async () => {
  const secretArn = stack.aws.secrets.put(
    'wrong',
    JSON.stringify({ username: 'postgres', password: 'guess' }),
  );
  await expectCallRefused(
    api.execute('SELECT 1', { secretArn }),
    'DatabaseErrorException',
    'SQLState: 28P01',
  );

  const noLogin = stack.aws.secrets.put('no-login', 'not JSON');
  await expectCallRefused(
    api.execute('SELECT 1', { secretArn: noLogin }),
    'InvalidSecretException',
    'username',
  );
});

it('takes ARNs of more than 100 characters, as that of a secret that RDS has made', async () => {
  const { SecretString = '' } = await stack.secretsManager.send(
    new GetSecretValueCommand({ SecretId: stack.databaseSecretArn }),
  );
  const secretArn = stack.aws.secrets.put('rds!cluster-3f2504e0-4f89-41d3-9a0c-0305e82c3301', SecretString);
  expect(secretArn.length).toBeGreaterThan(100);
  expect(await api.row('SELECT 1', { secretArn })).toEqual([{ longValue: 1 }]);
  await expectCallRefused(
    api.execute('SELECT 1', { resourceArn: stack.target.resourceArn + 'x'.repeat(100) }),
    'HttpEndpointNotEnabledException',
    'is not enabled for resource',
  );
});

it('takes the secret by name and by ARN without its suffix', async () => {
  for (const secretArn of ['workspace-model/database', stack.databaseSecretArn.slice(0, -7)]) {
    const command = new ExecuteStatementCommand({ ...stack.target, secretArn, sql: 'SELECT 1' });
    await expect(stack.rdsData.send(command)).resolves.toBeDefined();
  }
});

// data-api-client, feature by feature, over the endpoint that the local stack has. It speaks through AWS's SDK 2.
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';

// Its types are those of a release before, and lack `rollback` and what `query` is given for several rows.
interface Statement {
  sql: string;
  parameters?: object;
  includeResultMetadata?: boolean;
  resultSetOptions?: { longReturnType?: string; decimalReturnType?: string };
}

interface Result {
  records?: unknown[];
  numberOfRecordsUpdated?: number;
  updateResults?: object[];
  columnMetadata?: { label: string; typeName: string }[];
}

interface Transaction {
  query(sql: string, parameters?: object): Transaction;
  query(next: (last: Result) => [sql: string, parameters: object]): Transaction;
  rollback(told: (error: Error, status: { transactionStatus: string }) => void): Transaction;
  commit(): Promise<Result[]>;
}

interface DataApiClient {
  query(sql: string, parameters?: object): Promise<Result>;
  query(statement: Statement): Promise<Result>;
  transaction(): Transaction;
  beginTransaction(): Promise<{ transactionId: string }>;
  executeStatement(request: object): Promise<{ records?: object[][]; formattedRecords?: string }>;
  batchExecuteStatement(request: object): Promise<Result>;
  commitTransaction(request: object): Promise<{ transactionStatus: string }>;
  rollbackTransaction(request: object): Promise<{ transactionStatus: string }>;
}

// It is CommonJS.
const createClient: (options: object) => DataApiClient = createRequire(import.meta.url)('data-api-client');

let stack: TestStack;
let client: DataApiClient;

const connect = (settings: object = {}): DataApiClient =>
  createClient({ ...stack.target, engine: 'pg', options: stack.clientConfig, ...settings });

beforeAll(async () => {
  stack = await startTestStack({ tables: false, statementTimeoutMs: 3_000 });
  client = connect();
  await stack.sql(
    'CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int, seen timestamp)',
  );
});

afterAll(() => stack.close());

beforeEach(() => stack.sql('TRUNCATE people RESTART IDENTITY'));

const names = async () =>
  (await stack.sql<{ name: string }>('SELECT name FROM people ORDER BY id')).map(({ name }) => name);

describe("data-api-client's query", () => {
  it('answers rows by the names of their columns, or in their order', async () => {
    // Without names it has no types either, by which it finds dates.
    const inOrder = connect({ hydrateColumnNames: false, formatOptions: { deserializeDate: false } });
    const sql = `SELECT 1 AS one, 0.5::float8 AS half, true AS yes, 'a' AS text, NULL AS nothing, array[1] AS list`;
    const { records } = await client.query(sql);
    const list = { longValues: [1] };
    expect(records).toEqual([{ one: 1, half: 0.5, yes: true, text: 'a', nothing: null, list }]);
    expect(await inOrder.query(sql)).toEqual({
      records: [[1, 0.5, true, 'a', null, list]],
    });
  });

  it('binds what JavaScript has', async () => {
    const parameters = {
      text: "o'clock",
      whole: 5,
      half: 0.5,
      yes: true,
      none: null,
      bytes: Buffer.from([0, 255]),
    };
    const { records } = await client.query(
      'SELECT :text AS text, :whole AS whole, :half AS half, :yes AS yes, CAST(:none AS text) IS NULL AS none, :bytes AS bytes',
      parameters,
    );
    expect(records).toEqual([{ ...parameters, none: true }]);
  });

  it('binds parameters given as a list, with a cast', async () => {
    const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
    const { records } = await client.query('SELECT :id AS id, pg_typeof(:id)::text AS type', [
      { name: 'id', value: id, cast: 'uuid' },
    ]);
    expect(records).toEqual([{ id, type: 'uuid' }]);
  });

  it('keeps whole numbers as exactly as JavaScript has them, and all 64 bits as text', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(await client.query('SELECT :most AS most', { most })).toEqual({ records: [{ most }] });
    const long = '9223372036854775807';
    const { records } = await client.query({
      sql: 'SELECT :long AS long, :long = 9223372036854775807 AS exact, 1.5::numeric AS half',
      parameters: [{ name: 'long', value: long, cast: 'bigint' }],
      resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'DOUBLE_OR_LONG' },
    });
    expect(records).toEqual([{ long, exact: true, half: 1.5 }]);
  });

  it('answers arrays as the Data API has them, and is refused one as a parameter', async () => {
    const { records } = await client.query("SELECT array['a', NULL] AS words, array[true] AS flags");
    expect(records).toEqual([{ words: { stringValues: ['a', null] }, flags: { booleanValues: [true] } }]);
    const given = { list: { arrayValue: { longValues: [1] } } };
    await expect(client.query('SELECT :list', given)).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('keeps a date both ways', async () => {
    const seen = new Date('2026-05-19T12:30:00.125Z');
    await client.query('INSERT INTO people (name, seen) VALUES (:name, :seen)', { name: 'Ada', seen });
    expect(await client.query('SELECT seen FROM people')).toEqual({ records: [{ seen }] });
    const asText = connect({ formatOptions: { deserializeDate: false } });
    expect(await asText.query('SELECT seen FROM people')).toEqual({
      records: [{ seen: '2026-05-19 12:30:00.125' }],
    });
    const instant = await client.query(
      "SELECT '2026-05-19 12:30+02'::timestamptz AS at, '2026-05-19'::date AS day",
    );
    expect(instant.records).toEqual([
      { at: new Date('2026-05-19T10:30:00Z'), day: new Date('2026-05-19T00:00:00Z') },
    ]);
  });

  it('counts the rows that it changed', async () => {
    const inserted = await client.query('INSERT INTO people (name) VALUES (:a), (:b)', { a: 'Ada', b: 'Bo' });
    expect(inserted).toEqual({ numberOfRecordsUpdated: 2 });
    const returned = await client.query('UPDATE people SET age = :age WHERE name = :name RETURNING id, age', {
      age: 36,
      name: 'Ada',
    });
    expect(returned).toEqual({ records: [{ id: 1, age: 36 }] });
  });

  it('inserts several rows as one batch', async () => {
    const saved = await client.query('INSERT INTO people (name, age) VALUES (:name, :age)', [
      [{ name: 'Ada', age: 36 }],
      [{ name: 'Bo', age: null }],
    ]);
    expect(saved).toEqual({ updateResults: [{}, {}] });
    expect(await names()).toEqual(['Ada', 'Bo']);
  });

  it('describes columns where that is asked for', async () => {
    const { columnMetadata } = await client.query({
      sql: 'SELECT id, name AS called FROM people',
      includeResultMetadata: true,
    });
    expect(columnMetadata).toMatchObject([
      { label: 'id', typeName: 'serial' },
      { label: 'called', typeName: 'text' },
    ]);
  });

  it.each([
    ['SELECT * FROM nowhere', 'DatabaseErrorException', 'SQLState: 42P01'],
    ['SELECT :unbound', 'ValidationException', 'unbound'],
    ['SELECT 1; SELECT 2', 'ValidationException', 'Multistatements'],
    ['SELECT array[[1], [2]]', 'UnsupportedResultException', 'multidimensional array'],
    ['SELECT pg_sleep(60)', 'StatementTimeoutException', 'timed out'],
  ])('says of %s by name and in words what went wrong', async (sql, code, words) => {
    await expect(client.query(sql)).rejects.toMatchObject({
      code,
      statusCode: 400,
      message: expect.stringContaining(words),
    });
  });
});

describe("data-api-client's transaction", () => {
  it('runs its statements in order, each with what the one before answered', async () => {
    const results = await client
      .transaction()
      .query('INSERT INTO people (name) VALUES (:name) RETURNING id', { name: 'Ada' })
      .query(({ records: [row] = [] }) => ['UPDATE people SET age = :id WHERE id = :id', { ...Object(row) }])
      .commit();
    expect(results).toEqual([
      { records: [{ id: 1 }] },
      { numberOfRecordsUpdated: 1 },
      { transactionStatus: 'Transaction Committed' },
    ]);
    expect(await stack.sql('SELECT age FROM people')).toEqual([{ age: 1 }]);
  });

  it('writes several rows as one batch in it', async () => {
    await client
      .transaction()
      .query('INSERT INTO people (name) VALUES (:name)', [[{ name: 'Ada' }], [{ name: 'Bo' }]])
      .commit();
    expect(await names()).toEqual(['Ada', 'Bo']);
  });

  it('is rolled back where a statement fails, and says so', async () => {
    const told: string[] = [];
    const transaction = client
      .transaction()
      .query('INSERT INTO people (name) VALUES (:name)', { name: 'Ada' })
      .query('INSERT INTO people (name) VALUES (:name)', { name: 'Ada' })
      .rollback((_, { transactionStatus }) => told.push(transactionStatus));
    await expect(transaction.commit()).rejects.toThrow('SQLState: 23505');
    expect(told).toEqual(['Rollback Complete']);
    expect(await names()).toEqual([]);
  });
});

describe("data-api-client's plain operations", () => {
  const insert = (name: string) => ({
    sql: 'INSERT INTO people (name) VALUES (:name)',
    parameters: [{ name: 'name', value: { stringValue: name } }],
  });

  it('answer rows as one JSON string where that is asked for', async () => {
    const answer = await client.executeStatement({
      sql: "SELECT 9223372036854775807 AS long, 'a' AS text, NULL AS nothing, array[1] AS list",
      formatRecordsAs: 'JSON',
    });
    expect(answer.formattedRecords).toBe(
      '[{"long":9223372036854775807,"text":"a","nothing":null,"list":[1]}]',
    );
    expect(answer.records).toBeUndefined();
  });

  it('begin, execute, batch, commit and roll back', async () => {
    const kept = await client.beginTransaction();
    await client.executeStatement({ ...insert('Ada'), ...kept });
    const { sql, parameters } = insert('Bo');
    await client.batchExecuteStatement({ sql, parameterSets: [parameters], ...kept });
    expect(await client.commitTransaction(kept)).toEqual({ transactionStatus: 'Transaction Committed' });

    const dropped = await client.beginTransaction();
    await client.executeStatement({ ...insert('Cy'), ...dropped });
    expect(await client.rollbackTransaction(dropped)).toEqual({ transactionStatus: 'Rollback Complete' });
    expect(await names()).toEqual(['Ada', 'Bo']);

    const gone = client.executeStatement({ ...insert('Di'), ...dropped });
    await expect(gone).rejects.toMatchObject({ code: 'TransactionNotFoundException', statusCode: 404 });
  });
});

// drizzle-orm's driver for the Data API, feature by feature, over the endpoint that the local stack has.
import {
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  sql,
  sum,
  TransactionRollbackError,
} from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/aws-data-api/pg';
import { migrate } from 'drizzle-orm/aws-data-api/pg/migrator';
import { union } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';
import * as schema from './drizzle-schema.ts';

const { authors, books, values } = schema;

const connect = ({ rdsData, target }: TestStack) => drizzle(rdsData, { ...target, schema });

let stack: TestStack;
let db: ReturnType<typeof connect>;

beforeAll(async () => {
  stack = await startTestStack({ tables: false, statementTimeoutMs: 3_000 });
  db = connect(stack);
  await migrate(db, { migrationsFolder: 'test/peers/drizzle-migrations' });
});

afterAll(() => stack.close());

beforeEach(() => stack.sql('TRUNCATE authors, books, every_type RESTART IDENTITY CASCADE'));

const addTwoAuthors = async () => {
  await db.insert(authors).values([{ name: 'Ada' }, { name: 'Bo' }]);
  await db.insert(books).values([
    { authorId: 1, title: 'Engines', pages: 300 },
    { authorId: 1, title: 'Notes', pages: 40 },
  ]);
};

describe("drizzle-orm's migrator", () => {
  it('applies what is new, and nothing a second time', async () => {
    await migrate(db, { migrationsFolder: 'test/peers/drizzle-migrations' });
    expect(await stack.sql('SELECT id, created_at FROM drizzle.__drizzle_migrations')).toEqual([
      { id: 1, created_at: '1778200000000' },
    ]);
  });
});

describe("drizzle-orm's columns", () => {
  it('keep a value of every type', async () => {
    const row = {
      small: -32_768,
      whole: 2_147_483_647,
      big: Number.MAX_SAFE_INTEGER,
      exact: '1234567890.12',
      single: 1.5,
      double: 0.1,
      yes: true,
      text: 'o\'clock :1 "Ünïcode" \\',
      short: 'abc',
      padded: 'ab ',
      uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      day: '2026-05-19',
      time: '12:30:00',
      moment: new Date('2026-05-19T12:30:00.125Z'),
      instant: new Date('2026-05-19T12:30:00.500Z'),
      written: '2026-05-19 12:30:00',
      json: { a: [1, 'b: c'] },
      jsonb: { a: [1, 'b: c'] },
      address: '127.0.0.1',
      mood: 'busy' as const,
      words: ['a', '"b", {c}'],
      numbers: [1, 2],
    };
    // drizzle binds these as text without a hint, which PostgreSQL does not take for their type by itself.
    const written = {
      address: sql`${row.address}::inet`,
      mood: sql`${row.mood}::mood`,
    };
    await db.insert(values).values({ ...row, ...written });
    expect(await db.select().from(values)).toEqual([{ id: 1, ...row }]);
  });

  it('keep all 64 bits as text, since the driver takes no bigint', async () => {
    const long = 9_223_372_036_854_775_807n;
    await db.insert(values).values({ big: sql`${String(long)}::bigint` });
    const asBigint = sql`${values.big}::text`.mapWith(BigInt);
    expect(await db.select({ big: asBigint }).from(values)).toEqual([{ big: long }]);
    const found = db
      .select({ id: values.id })
      .from(values)
      .where(eq(values.big, sql`${String(long)}::bigint`));
    expect(await found).toEqual([{ id: 1 }]);
  });

  it('keep null in every type', async () => {
    const columns = Object.keys(getTableColumns(values)).filter((name) => name !== 'id');
    const nothing = Object.fromEntries(columns.map((name) => [name, null]));
    await db.insert(values).values(nothing);
    expect(await db.select().from(values)).toEqual([{ id: 1, ...nothing }]);
  });

  it('take a word of an enum only with a cast', async () => {
    await expect(db.insert(values).values({ mood: 'calm' })).rejects.toMatchObject({
      cause: { name: 'DatabaseErrorException', message: expect.stringContaining('SQLState: 42804') },
    });
  });
});

describe("drizzle-orm's statements", () => {
  it('insert with defaults, and answer what was inserted', async () => {
    const [author] = await db.insert(authors).values({ name: 'Ada' }).returning();
    expect(author).toEqual({ id: 1, name: 'Ada', joined: expect.any(Date) });
    expect(Math.abs(Date.now() - Number(author?.joined))).toBeLessThan(60_000);
  });

  it('insert, or update or leave what is there', async () => {
    await addTwoAuthors();
    const again = db.insert(authors).values({ name: 'Ada' });
    expect(await again.onConflictDoNothing().returning()).toEqual([]);
    const updated = db.insert(authors).values({ name: 'Bo' });
    expect(
      await updated
        .onConflictDoUpdate({ target: authors.name, set: { name: 'Bob' } })
        .returning({ name: authors.name }),
    ).toEqual([{ name: 'Bob' }]);
  });

  it('update and delete, and count what they changed', async () => {
    await addTwoAuthors();
    const updated = await db.update(books).set({ pages: sql`${books.pages} + ${1}` });
    expect(updated.numberOfRecordsUpdated).toBe(2);
    expect(await db.delete(books).where(gt(books.pages, 100)).returning({ title: books.title })).toEqual([
      { title: 'Engines' },
    ]);
    expect((await db.delete(authors).where(eq(authors.name, 'nobody'))).numberOfRecordsUpdated).toBe(0);
  });

  it('join, group, order and page', async () => {
    await addTwoAuthors();
    const joined = db
      .select({ name: authors.name, books: count(books.id), pages: sum(books.pages) })
      .from(authors)
      .leftJoin(books, eq(books.authorId, authors.id))
      .groupBy(authors.name)
      .orderBy(desc(authors.name));
    expect(await joined).toEqual([
      { name: 'Bo', books: 0, pages: null },
      { name: 'Ada', books: 2, pages: '340' },
    ]);
    expect(await joined.limit(1).offset(1)).toEqual([{ name: 'Ada', books: 2, pages: '340' }]);
    const known = await db
      .select({ id: books.id })
      .from(books)
      .where(inArray(books.title, ['Notes', 'Letters']));
    expect(known).toEqual([{ id: 2 }]);
  });

  it('combine queries, by name and by union', async () => {
    await addTwoAuthors();
    const long = db.$with('long').as(db.select().from(books).where(gt(books.pages, 100)));
    expect(await db.with(long).select({ title: long.title }).from(long)).toEqual([{ title: 'Engines' }]);
    const names = db.select({ word: authors.name }).from(authors);
    const titles = db.select({ word: books.title }).from(books);
    const words = await union(names, titles);
    expect(words.map(({ word }) => word).sort()).toEqual(['Ada', 'Bo', 'Engines', 'Notes']);
  });

  it('are prepared once and run with other values', async () => {
    await addTwoAuthors();
    const byName = db
      .select({ id: authors.id })
      .from(authors)
      .where(eq(authors.name, sql.placeholder('name')))
      .prepare('author_by_name');
    expect(await byName.execute({ name: 'Ada' })).toEqual([{ id: 1 }]);
    expect(await byName.execute({ name: 'Bo' })).toEqual([{ id: 2 }]);
  });

  it('find rows with those that belong to them', async () => {
    await addTwoAuthors();
    const found = await db.query.authors.findMany({
      columns: { name: true },
      with: { books: { columns: { title: true, pages: true }, orderBy: books.title } },
      orderBy: authors.id,
    });
    expect(found).toEqual([
      {
        name: 'Ada',
        books: [
          { title: 'Engines', pages: 300 },
          { title: 'Notes', pages: 40 },
        ],
      },
      { name: 'Bo', books: [] },
    ]);
    const book = await db.query.books.findFirst({ with: { author: true }, where: eq(books.title, 'Notes') });
    expect(book?.author).toEqual({ id: 1, name: 'Ada', joined: expect.any(Date) });
  });

  it('written by hand answer rows by the names of their columns', async () => {
    await addTwoAuthors();
    const { rows, columnMetadata } = await db.execute(
      sql`SELECT name, ${7}::int AS seven, NULL AS nothing FROM ${authors} WHERE ${authors.name} = ${'Ada'}`,
    );
    expect(rows).toEqual([{ name: 'Ada', seven: 7, nothing: null }]);
    expect(columnMetadata?.map(({ typeName }) => typeName)).toEqual(['text', 'int4', 'text']);
  });

  it('that break a constraint say why in the words of PostgreSQL', async () => {
    await addTwoAuthors();
    await expect(db.insert(authors).values({ name: 'Ada' })).rejects.toMatchObject({
      cause: { name: 'DatabaseErrorException', message: expect.stringContaining('SQLState: 23505') },
    });
  });

  it.each([
    ['SELECT * FROM nowhere', 'DatabaseErrorException'],
    ['SELECT 1; SELECT 2', 'ValidationException'],
    ['SELECT array[[1], [2]]', 'UnsupportedResultException'],
    ['SELECT pg_sleep(60)', 'StatementTimeoutException'],
  ])('that fail have the name of the failure: %s', async (statement, name) => {
    await expect(db.execute(sql.raw(statement))).rejects.toMatchObject({ cause: { name } });
  });
});

describe("drizzle-orm's transactions", () => {
  const names = async () => (await db.select().from(authors).orderBy(authors.id)).map(({ name }) => name);

  it('save what they have done, and nobody sees it before', async () => {
    await db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'Ada' });
      expect(await names()).toEqual([]);
    });
    expect(await names()).toEqual(['Ada']);
  });

  it('take back what they have done where they fail, or are told to', async () => {
    const failing = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'Ada' });
      await tx.insert(authors).values({ name: 'Ada' });
    });
    await expect(failing).rejects.toMatchObject({ cause: { name: 'DatabaseErrorException' } });
    const told = db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'Bo' });
      tx.rollback();
    });
    await expect(told).rejects.toThrow(TransactionRollbackError);
    expect(await names()).toEqual([]);
  });

  it('go on behind a nested one that failed', async () => {
    await db.transaction(async (tx) => {
      await tx.insert(authors).values({ name: 'Ada' });
      await expect(
        tx.transaction((nested) => nested.insert(authors).values({ name: 'Ada' })),
      ).rejects.toThrow();
      await tx.transaction((nested) => nested.insert(authors).values({ name: 'Bo' }));
    });
    expect(await names()).toEqual(['Ada', 'Bo']);
  });

  it('run with the isolation that they ask for', async () => {
    const level = await db.transaction(
      async (tx) => (await tx.execute(sql`SHOW transaction_isolation`)).rows,
      { isolationLevel: 'serializable', accessMode: 'read only' },
    );
    expect(level).toEqual([{ transaction_isolation: 'serializable' }]);
  });
});

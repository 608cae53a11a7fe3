// The tables of drizzle-orm.test.ts, which drizzle-migrations makes.
import { relations } from 'drizzle-orm';
import * as pg from 'drizzle-orm/pg-core';

const mood = pg.pgEnum('mood', ['calm', 'busy']);

export const values = pg.pgTable('every_type', {
  id: pg.serial().primaryKey(),
  small: pg.smallint(),
  whole: pg.integer(),
  big: pg.bigint({ mode: 'number' }),
  exact: pg.numeric({ precision: 12, scale: 2 }),
  single: pg.real(),
  double: pg.doublePrecision(),
  yes: pg.boolean(),
  text: pg.text(),
  short: pg.varchar({ length: 5 }),
  padded: pg.char({ length: 3 }),
  uuid: pg.uuid(),
  day: pg.date(),
  time: pg.time(),
  moment: pg.timestamp({ mode: 'date', precision: 3 }),
  instant: pg.timestamp({ mode: 'date', precision: 3, withTimezone: true }),
  written: pg.timestamp({ mode: 'string' }),
  json: pg.json(),
  jsonb: pg.jsonb(),
  address: pg.inet(),
  mood: mood(),
  words: pg.text().array(),
  numbers: pg.integer().array(),
});

export const authors = pg.pgTable('authors', {
  id: pg.integer().primaryKey().generatedAlwaysAsIdentity(),
  name: pg.text().notNull().unique(),
  joined: pg.timestamp({ mode: 'date', withTimezone: true }).notNull().defaultNow(),
});

export const books = pg.pgTable('books', {
  id: pg.integer().primaryKey().generatedAlwaysAsIdentity(),
  authorId: pg
    .integer('author_id')
    .notNull()
    .references(() => authors.id, { onDelete: 'cascade' }),
  title: pg.text().notNull(),
  pages: pg.integer().notNull().default(0),
});

export const authorsRelations = relations(authors, ({ many }) => ({ books: many(books) }));
export const booksRelations = relations(books, ({ one }) => ({
  author: one(authors, { fields: [books.authorId], references: [authors.id] }),
}));

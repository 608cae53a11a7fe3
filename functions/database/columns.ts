// The columns of a table, for statements that give every one of them a value.
import * as z from 'zod/mini';
import { literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { queryRows } from './rows.ts';

const Columns = z.object({ columns: z.nullable(z.string()) });

/** A list for INSERT of all columns that take a value: quoted, without those that PostgreSQL generates. */
export const insertableColumns = async (execute: Execute, table: string): Promise<string> => {
  const sql = `
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
    WHERE attrelid = to_regclass(${literal(table)}) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;
  const [row] = await queryRows(execute, Columns, { sql });
  return row?.columns ?? '';
};

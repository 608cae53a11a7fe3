// Rows by the names of their columns. It loads zod, so the statements of GET and PUT read fields by place instead.
import * as z from 'zod/mini';
import type { Execute, Statement } from './client.ts';
import { DatabaseAnswerError } from './errors.ts';

/**
 * All rows of a statement that returns rows, each checked against `row`. No row at all is answered as "[]"; an answer without
 * rows says nothing about the table.
 * @throws DatabaseAnswerError, and ZodError where the database returned something else
 */
export const queryRows = async <Row>(
  execute: Execute,
  row: z.ZodMiniType<Row>,
  statement: Statement,
): Promise<Row[]> => {
  const { formatted } = await execute({ ...statement, formatRecordsAs: 'JSON' });
  if (formatted === undefined) {
    throw new DatabaseAnswerError('The Data API answered without the rows that were asked for.');
  }
  return z.array(row).parse(JSON.parse(formatted));
};

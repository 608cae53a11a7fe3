// Rows by the names of their columns. It loads zod, so the statements of GET and PUT read fields by place instead.
import * as z from 'zod/mini';
import type { Execute, Statement } from './client.ts';

/**
 * All rows of a statement, each checked against `row`. Nothing says whether the Data API leaves an empty result out of its
 * answer: a statement for which "no rows" has to be certain is written so that there always is one.
 * @throws ZodError where the database returned something else
 */
export const queryRows = async <Row>(
  execute: Execute,
  row: z.ZodMiniType<Row>,
  statement: Statement,
): Promise<Row[]> => {
  const { formatted = '[]' } = await execute({ ...statement, formatRecordsAs: 'JSON' });
  return z.array(row).parse(JSON.parse(formatted));
};

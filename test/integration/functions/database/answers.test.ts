// Answers that are not of the Data API's shape are failures, never results.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseAnswerError } from '../../../../functions/database/errors.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ tables: false });
});
afterAll(() => stack.close());

const answered = async (body: string) => {
  stack.aws.onCall = () => ({ kind: 'answer', status: 200, body });
  try {
    return await stack.executeAsOwner({ sql: 'SELECT 1' });
  } finally {
    stack.aws.onCall = undefined;
  }
};

describe('an answer of the Data API', () => {
  it.each([
    ['{"records":[]}', { rows: [], updated: 0 }],
    [
      '{"records":[[{"longValue":1}]],"numberOfRecordsUpdated":0}',
      { rows: [[{ longValue: 1 }]], updated: 0 },
    ],
    ['{"numberOfRecordsUpdated":3}', { rows: [], updated: 3 }],
    ['{"numberOfRecordsUpdated":0,"formattedRecords":"[]"}', { rows: [], updated: 0, formatted: '[]' }],
  ])('is a result: %s', async (body, result) => {
    expect(await answered(body)).toEqual(result);
  });

  it.each([
    ['{}', 'without a result'],
    ['{"records":5}', 'with a result of another form'],
    ['{"records":[5]}', 'with a result of another form'],
    ['{"records":[[5]]}', 'with a result of another form'],
    ['{"records":[[null]]}', 'with a result of another form'],
    ['{"records":[[{"longValue":1},null]]}', 'with a result of another form'],
    ['{"records":[[{"longValue":1}],null]}', 'with a result of another form'],
    ['{"records":[["text"]]}', 'with a result of another form'],
    ['{"numberOfRecordsUpdated":0.5}', 'with a result of another form'],
    ['{"numberOfRecordsUpdated":0,"formattedRecords":5}', 'with a result of another form'],
  ])('is a failure: %s', async (body, words) => {
    await expect(answered(body)).rejects.toThrow(new DatabaseAnswerError(`The Data API answered ${words}.`));
  });
});

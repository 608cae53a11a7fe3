// Rows and columns, as the Data API answers them.
import { describe, expect, it } from 'vitest';
import { DatabaseAnswerError } from '../../../../functions/database/errors.ts';
import {
  bytesOrNull,
  firstRow,
  flag,
  onlyRow,
  text,
  textOrNull,
  whole,
} from '../../../../functions/database/fields.ts';

const bytes = new Uint8Array([1, 2]);
const SECRET = 'secret-value';

describe('a column', () => {
  it.each([
    ['text', text({ stringValue: '' }), ''],
    ['text that may be null', textOrNull({ stringValue: 'a' }), 'a'],
    ['text that is null', textOrNull({ isNull: true }), null],
    ['whole number', whole({ longValue: 0 }), 0],
    ['boolean', flag({ booleanValue: false }), false],
    ['bytes', bytesOrNull({ blobValue: bytes }), bytes],
    ['bytes that are null', bytesOrNull({ isNull: true }), null],
  ])('is read: %s', (_, value, expected) => {
    expect(value).toEqual(expected);
  });

  it.each([
    [() => text({ isNull: true }), 'isNull where a text was'],
    [() => text({ longValue: 1 }), 'longValue where a text was'],
    [() => textOrNull({ isNull: false }), 'isNull where a text was'],
    [() => textOrNull(undefined), 'no column where a text was'],
    [() => whole({ stringValue: SECRET }), 'stringValue where a whole number was'],
    [() => whole({ longValue: 2 ** 53 }), 'longValue where a whole number was'],
    [() => whole(undefined), 'no column where a whole number was'],
    [() => flag({ stringValue: SECRET }), 'stringValue where a boolean was'],
    [() => flag(undefined), 'no column where a boolean was'],
    [() => bytesOrNull({ stringValue: SECRET }), 'stringValue where a bytea was'],
    [() => bytesOrNull(undefined), 'no column where a bytea was'],
  ])('of another kind is refused by its kind alone: %s', (read, words) => {
    expect(read).toThrow(new DatabaseAnswerError(`The database returned ${words} expected.`));
  });
});

describe('the row of a statement that returns one', () => {
  const row = [{ longValue: 1 }];

  it('is that row', () => {
    expect(onlyRow([row])).toBe(row);
  });

  it.each([
    [[], 0],
    [[row, row], 2],
  ])('is missing in %j', (found, count) => {
    expect(() => onlyRow(found)).toThrow(
      new DatabaseAnswerError(`The database returned ${count} rows instead of one.`),
    );
  });

  it('is the first of several where it returns one or more', () => {
    expect(firstRow([row, [{ longValue: 2 }]])).toBe(row);
    expect(() => firstRow([])).toThrow(
      new DatabaseAnswerError('The database returned 0 rows instead of one.'),
    );
  });
});

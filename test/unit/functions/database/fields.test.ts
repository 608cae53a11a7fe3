// Columns of a row, as the Data API answers them.
import { describe, expect, it } from 'vitest';
import { bytesOrNull, flag, text, textOrNull, whole } from '../../../../functions/database/client.ts';
import { DatabaseAnswerError } from '../../../../functions/database/errors.ts';

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

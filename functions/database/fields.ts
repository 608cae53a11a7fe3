// The rows of a result, and the columns of a row, as the Data API answers them; and a parameter whose type it has to be told.
import type { Field, SqlParameter } from '@aws-sdk/client-rds-data';
import type { StoredValue } from '../secrets/cipher.ts';
import { DatabaseAnswerError } from './errors.ts';

export type Row = Field[];

/** Characters that are read of a workspace's name, and of its runtime's: either may be of any length. */
export const LONGEST_NAME = 160;

export const uuidParameter = (name: string, value: string): SqlParameter => ({
  name,
  value: { stringValue: value },
  typeHint: 'UUID',
});

/** The row of a statement that always returns one. */
export const onlyRow = <One>(rows: readonly One[]): One => {
  const [row] = rows;
  if (row === undefined || rows.length > 1) {
    throw new DatabaseAnswerError(`The database returned ${rows.length} rows instead of one.`);
  }
  return row;
};

/** The first row of a statement that always returns one or more: an answer without one says nothing. */
export const firstRow = <One>(rows: readonly One[]): One => onlyRow(rows.slice(0, 1));

/** A text column that may be null. */
export const textOrNull = (field: Field | undefined): string | null => {
  if (field?.isNull === true) {
    return null;
  }
  if (typeof field?.stringValue !== 'string') {
    throw unexpected('text', field);
  }
  return field.stringValue;
};

/** A text column. */
export const text = (field: Field | undefined): string => {
  const value = textOrNull(field);
  if (value === null) {
    throw unexpected('text', field);
  }
  return value;
};

/** A whole number below 2^53. */
export const whole = (field: Field | undefined): number => {
  if (!Number.isSafeInteger(field?.longValue) || field?.longValue === undefined) {
    throw unexpected('whole number', field);
  }
  return field.longValue;
};

/** A boolean column. */
export const flag = (field: Field | undefined): boolean => {
  if (typeof field?.booleanValue !== 'boolean') {
    throw unexpected('boolean', field);
  }
  return field.booleanValue;
};

/** A bytea column that may be null. */
export const bytesOrNull = (field: Field | undefined): Uint8Array | null => {
  if (field?.isNull === true) {
    return null;
  }
  if (!(field?.blobValue instanceof Uint8Array)) {
    throw unexpected('bytea', field);
  }
  return field.blobValue;
};

/** What is stored, by its two columns; undefined where the first of them is null. */
export const storedOrNone = (
  value: Field | undefined,
  version: Field | undefined,
): StoredValue | undefined => {
  const encryptedValue = bytesOrNull(value);
  const encryptionVersion = whole(version);
  return encryptedValue === null ? undefined : { encryptedValue, encryptionVersion };
};

/** Names the kinds only: the value itself may be a secret. */
const unexpected = (wanted: string, field: Field | undefined): DatabaseAnswerError =>
  new DatabaseAnswerError(
    `The database returned ${Object.keys(field ?? {}).join() || 'no column'} where a ${wanted} was expected.`,
  );

// Values of a result as the Data API's Fields, written as JSON text: a bigint does not fit into a JavaScript number.
import { AwsError } from '../errors.ts';
import { arrayElements } from './array-elements.ts';
import { byteaBytes } from './bytea.ts';
import type { ExecuteRequest } from './requests.ts';
import type { ColumnType, Kind } from './types.ts';
import { inUtc } from './utc.ts';

export type ResultSetOptions = ExecuteRequest['resultSetOptions'];

type Scalar = 'booleanValue' | 'longValue' | 'doubleValue' | 'blobValue' | 'stringValue';
type ToJson = (text: string) => string;

interface Shape {
  member: Scalar;
  toJson: ToJson;
}

// A string is kept as it is, spaces and all.
const JSON_SPACE = /("(?:[^"\\]|\\.)*")|\s+/g;

const quoted: ToJson = (text) => JSON.stringify(text);
const asIs: ToJson = (text) => text;
// JSON has no such numbers, so they travel as strings.
const number: ToJson = (text) => (/^(?:NaN|-?Infinity)$/.test(text) ? quoted(text) : text);
const double: ToJson = (text) => (/^-?\d+$/.test(text) ? `${text}.0` : number(text));

// AWS writes no digit of a fraction, three, or six, as Rust's chrono (sbalmt/ez4, "client data api values"), and fails without a
// sentence for what is infinite (tmokmss/aurora-data-api-proxy, COMPATIBILITY.md; drizzle-team/drizzle-orm 5308).
const moment: ToJson = (text) => {
  if (/^-?infinity$/.test(text)) {
    throw new AwsError('InternalFailure', '', 500);
  }
  return quoted(
    text.replace(/\.\d+/, (fraction) => fraction.padEnd(1 + 3 * Math.ceil((fraction.length - 1) / 3), '0')),
  );
};

const shapes: Record<Kind, Shape> = {
  boolean: { member: 'booleanValue', toJson: (text) => (text === 't' ? 'true' : 'false') },
  integer: { member: 'longValue', toJson: asIs },
  bigint: { member: 'longValue', toJson: asIs },
  double: { member: 'doubleValue', toJson: double },
  decimal: { member: 'stringValue', toJson: quoted },
  bytes: { member: 'blobValue', toJson: (text) => quoted(byteaBytes(text).toString('base64')) },
  timestamp: { member: 'stringValue', toJson: moment },
  timestamptz: { member: 'stringValue', toJson: (text) => moment(inUtc(text)) },
  text: { member: 'stringValue', toJson: quoted },
  // Without spaces: the Data API of Serverless v2 writes JSON anew (cloud-utils/aurora-data-api, test_iterators), plain json as
  // well (dylanmoring/sqlalchemy-aurora-data-api, test_round_trip_custom_json).
  json: { member: 'stringValue', toJson: (text) => quoted(text.replaceAll(JSON_SPACE, '$1')) },
  unsupported: { member: 'stringValue', toJson: quoted },
};

const arrayMembers: Record<Scalar, string> = {
  booleanValue: 'booleanValues',
  longValue: 'longValues',
  doubleValue: 'doubleValues',
  blobValue: 'stringValues',
  stringValue: 'stringValues',
};

/** Writes one value twice over: as a Field, and plainly for `formatRecordsAs: JSON`. */
export interface ColumnFormat {
  field: (text: string | null) => string;
  json: (text: string | null) => string;
}

/**
 * Of a type that the Data API does not return, such as money and regclass, any value is refused by an UnsupportedResultException.
 * A result without rows has none (tmokmss/aurora-data-api-proxy, COMPATIBILITY.md, asks for the metadata that way).
 */
export const columnFormat = (type: ColumnType, options: ResultSetOptions): ColumnFormat => {
  if (type.kind === 'unsupported') {
    const refuse = () => {
      throw unsupported(type.name);
    };
    return { field: refuse, json: refuse };
  }
  const { member, toJson } = shapeOf(type.kind, options);
  if (!type.isArray) {
    return {
      field: (text) =>
        text === null ? '{"isNull":true}' : `{"${memberOf(member, type, text, options)}":${toJson(text)}}`,
      json: (text) => (text === null ? 'null' : toJson(text)),
    };
  }
  const list = (text: string) =>
    `[${elementsOf(text).map((item) => (item === null ? 'null' : toJson(item)))}]`;
  return {
    field: (text) =>
      text === null ? '{"isNull":true}' : `{"arrayValue":{"${arrayMembers[member]}":${list(text)}}}`,
    json: (text) => (text === null ? 'null' : list(text)),
  };
};

const shapeOf = (kind: Kind, options: ResultSetOptions): Shape => {
  if (kind === 'bigint' && options?.longReturnType === 'STRING') {
    return shapes.text;
  }
  if (kind === 'decimal' && options?.decimalReturnType === 'DOUBLE_OR_LONG') {
    return { member: 'doubleValue', toJson: number };
  }
  return shapes[kind];
};

/** DOUBLE_OR_LONG makes a decimal without a fraction a long, where 64 bits hold it. */
const memberOf = (member: Scalar, { kind }: ColumnType, text: string, options: ResultSetOptions): Scalar => {
  if (kind !== 'decimal' || options?.decimalReturnType !== 'DOUBLE_OR_LONG') {
    return member;
  }
  return /^-?\d+$/.test(text) && isLong(BigInt(text)) ? 'longValue' : 'doubleValue';
};

const isLong = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

const elementsOf = (text: string): (string | null)[] => {
  const elements = arrayElements(text);
  if (elements === undefined) {
    throw new AwsError('UnsupportedResultException', 'The result contains a multidimensional array');
  }
  return elements;
};

// In the letters that AWS uses: drizzle-team/drizzle-orm 2982 has "CHAR" and regclass, typeorm/typeorm 10818 regtype,
// dylanmoring/sqlalchemy-aurora-data-api int2vector.
const unsupported = (name: string): AwsError => {
  const shown =
    name === 'char' ? '"CHAR"' : /^_?(?:reg|(?:int2|oid)vector$)/.test(name) ? name : name.toUpperCase();
  return new AwsError(
    'UnsupportedResultException',
    `The result contains the unsupported data type ${shown}.`,
  );
};

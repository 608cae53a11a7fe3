// Parameter values in PostgreSQL's text form, each with the type that the Data API gives it.
import { AwsError, validationError } from '../errors.ts';
import type { PlaceholderSql } from './placeholders.ts';
import type { Parameter } from './requests.ts';

/** A statement ready to be sent: `types` are PostgreSQL type ids, one for each value. */
export interface BoundStatement {
  text: string;
  types: string[];
  values: (string | null)[];
}

interface TypedValue {
  type: string;
  value: string | null;
}

// A string is sent as `text`: compared with a uuid column without a hint or a cast, it fails. So every report of the error form
// of today says (`uuid = text`, drizzle-team/drizzle-orm 2583, 5820; `oid = text`, on Aurora 16.6, dylanmoring/aurora-data-api),
// and so does sqlx, after which AWS names its statements (drizzle-orm 6148). `character varying` stands only in those of
// Serverless v1, whose errors are BadRequestExceptions (drizzle-orm 2176).
const typeIds = {
  unknown: '0',
  boolean: '16',
  bytea: '17',
  long: '20',
  double: '701',
  string: '25',
  DATE: '1082',
  TIME: '1083',
  TIMESTAMP: '1114',
  DECIMAL: '1700',
  UUID: '2950',
  JSON: '114',
} as const;

const DATE = String.raw`\d{4}-\d{1,2}-\d{1,2}`;
const TIME = String.raw`\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?`;

// The forms that API_SqlParameter names. PostgreSQL would take others too, and drop the zone of a time that has one.
const hintedForms = [
  { hint: 'DATE', called: 'Date', form: new RegExp(`^${DATE}$`) },
  { hint: 'TIME', called: 'Time', form: new RegExp(`^${TIME}$`) },
  { hint: 'TIMESTAMP', called: 'TimeStamp', form: new RegExp(`^${DATE} ${TIME}$`) },
] as const;

// Seen on Aurora 16.6 (dylanmoring/aurora-data-api, test/compliance/requirements.py), and told of `$1` by dialects of kysely.
const NAME = /^[A-Za-z0-9_]*$/;

/** Binds by name; a parameter that the statement does not mention is passed over. @throws AwsError */
export const bindParameters = (sql: PlaceholderSql, parameters: readonly Parameter[]): BoundStatement => {
  const misnamed = parameters.find(({ name = '' }) => !NAME.test(name));
  if (misnamed !== undefined) {
    throw validationError(`Named parameter syntax is invalid, input: ${misnamed.name}`);
  }
  const given = new Map(parameters.map((parameter) => [parameter.name, typedValue(parameter)]));
  const bound: BoundStatement = { text: sql.text, types: [], values: [] };
  for (const name of sql.names) {
    const found = given.get(name);
    if (found === undefined && sql.unmeant.has(name)) {
      continue;
    }
    if (found === undefined) {
      throw validationError(`Cannot find parameter: ${name}`);
    }
    bound.types.push(found.type);
    bound.values.push(found.value);
  }
  return refusalOf(sql) ?? bound;
};

/** A statement that fails as this one would on AWS, where it would fail otherwise here, or not be sent at all. */
const refusalOf = ({ text, names: { length }, hasNumbered }: PlaceholderSql): BoundStatement | undefined => {
  // As seen on Aurora PostgreSQL 15.12 (drizzle-team/drizzle-orm 2982). Without names PostgreSQL itself says so, or takes the
  // number for that of a function's argument.
  if (hasNumbered && length > 0) {
    const words = `bind message supplies ${length} parameters, but prepared statement requires ${length + 1}`;
    return failing('08P01', words);
  }
  return text.includes('\0')
    ? failing('22021', 'invalid byte sequence for encoding "UTF8": 0x00')
    : undefined;
};

/** PostgreSQL is to raise the error, so that it ends the transaction that it is in, as any of its own does. */
const failing = (sqlState: string, words: string): BoundStatement => ({
  text: `DO $$ BEGIN RAISE SQLSTATE '${sqlState}' USING MESSAGE = '${words}'; END $$`,
  types: [],
  values: [],
});

/** Whether there is such a day or hour is for PostgreSQL to say. */
const requireForm = (text: string, typeHint: Parameter['typeHint']): void => {
  const wrong = hintedForms.find(({ hint, form }) => hint === typeHint && !form.test(text));
  if (wrong !== undefined) {
    throw new AwsError(
      'DatabaseErrorException',
      `Parse Error for ${wrong.called}: input contains invalid characters`,
    );
  }
};

const typedValue = ({ name, value = {}, typeHint }: Parameter): TypedValue => {
  // Nobody shows one that was taken: aws/aws-sdk 9 waits in AWS's backlog, and dylanmoring/aurora-data-api, which sends some, has
  // no test of that on Aurora, where its dialect binds a list as one string.
  if (value.arrayValue !== undefined) {
    throw validationError('Array parameters are not supported.');
  }
  if (value.isNull === true) {
    return { type: typeHint ? typeIds[typeHint] : typeIds.unknown, value: null };
  }
  if (value.stringValue !== undefined) {
    requireForm(value.stringValue, typeHint);
    return { type: typeIds[typeHint ?? 'string'], value: value.stringValue };
  }
  if (value.longValue !== undefined) {
    return { type: typeIds.long, value: String(value.longValue) };
  }
  if (value.doubleValue !== undefined) {
    return { type: typeIds.double, value: String(value.doubleValue) };
  }
  if (value.booleanValue !== undefined) {
    return { type: typeIds.boolean, value: String(value.booleanValue) };
  }
  if (value.blobValue !== undefined) {
    return { type: typeIds.bytea, value: `\\x${Buffer.from(value.blobValue, 'base64').toString('hex')}` };
  }
  throw validationError(`Parameter "${name ?? ''}" has value with no field set`);
};

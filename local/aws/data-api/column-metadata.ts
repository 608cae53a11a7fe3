// columnMetadata, which the Data API looks up in the catalog only for those who ask for it.
import type { PoolClient } from 'pg';
import type { Column } from './statement-run.ts';
import type { ColumnType } from './types.ts';

interface TableColumn {
  table_id: number;
  number: number;
  column_name: string;
  table_name: string;
  not_null: boolean;
  is_auto_increment: boolean;
}

const JDBC_NULLABLE_UNKNOWN = 2;
const SIGNED = /^_?(?:int2|int4|int8|float4|float8|numeric)$/;
const CASELESS =
  /^_?(?:int2|int4|int8|float4|float8|numeric|oid|bool|bit|varbit|date|time|timetz|timestamp|timestamptz|interval)$/;
const NO_MODIFIER = -1;
const NUMERIC = /^_?numeric$/;
const STRING = /^_?(?:varchar|bpchar)$/;
const TIME = /^_?(?:time|timetz|timestamp|timestamptz)$/;
const INTERVAL = /^_?interval$/;
const serials = new Map([
  ['int2', 'smallserial'],
  ['int4', 'serial'],
  ['int8', 'bigserial'],
]);

/**
 * One entry a column, in the form that AWS's own has. It follows pgjdbc (PgResultSetMetaData, TypeInfoCache), as a recorded
 * answer (aurora_data_api_node_test: `serial`, a case-sensitive jsonb) and tmokmss/aurora-data-api-proxy (src/types.rs) show.
 */
export const columnMetadata = async (columns: Column[], types: ColumnType[], client: PoolClient) => {
  const tables = await tableColumns(columns, client);
  return columns.map((column, index) => {
    const source = tables.get(`${column.tableID}.${column.columnID}`);
    const type = types[index];
    const typeName = type?.name ?? '';
    const isAutoIncrement = source?.is_auto_increment ?? false;
    return {
      name: source?.column_name ?? column.name,
      label: column.name,
      type: type?.jdbcType ?? 0,
      typeName: (isAutoIncrement ? serials.get(typeName) : undefined) ?? typeName,
      tableName: source?.table_name ?? '',
      // Empty on AWS too, whatever schema the table is in.
      schemaName: '',
      nullable: source === undefined ? JDBC_NULLABLE_UNKNOWN : Number(!source.not_null),
      isAutoIncrement,
      isCurrency: false,
      isSigned: SIGNED.test(typeName),
      isCaseSensitive: !CASELESS.test(typeName),
      precision: type === undefined ? 0 : precisionOf(column, type),
      scale: type === undefined ? 0 : scaleOf(column, type),
      arrayBaseColumnType: 0,
    };
  });
};

const tableColumns = async (columns: Column[], client: PoolClient): Promise<Map<string, TableColumn>> => {
  const ids = [...new Set(columns.map((column) => column.tableID).filter((id) => id > 0))];
  if (ids.length === 0) {
    return new Map();
  }
  const { rows } = await client.query<TableColumn>(
    `SELECT c.oid AS table_id, a.attnum AS number, a.attname AS column_name, c.relname AS table_name,
            a.attnotnull AS not_null,
            a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%', false) AS is_auto_increment
     FROM pg_class c
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.oid = ANY($1::oid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [`${row.table_id}.${row.number}`, row]));
};

// A type modifier is a length, or precision and scale, each four above its value; of a time it is the digits of its seconds.
// An array has that of its elements.
const precisionOf = ({ dataTypeModifier }: Column, { name, precision }: ColumnType): number => {
  if (dataTypeModifier === NO_MODIFIER) {
    return precision;
  }
  if (NUMERIC.test(name)) {
    return (dataTypeModifier - 4) >> 16;
  }
  if (TIME.test(name)) {
    return precision - lengthOf(6) + lengthOf(dataTypeModifier);
  }
  return STRING.test(name) ? dataTypeModifier - 4 : precision;
};

/** With their point. One digit counts as two, "bizarrely", as pgjdbc says itself. */
const lengthOf = (digits: number): number => (digits === 0 ? 0 : Math.max(digits, 2) + 1);

const scaleOf = ({ dataTypeModifier }: Column, { name, scale }: ColumnType): number => {
  if (dataTypeModifier === NO_MODIFIER) {
    return scale;
  }
  if (NUMERIC.test(name)) {
    return (dataTypeModifier - 4) & 0xffff;
  }
  // Above the digits of an interval stands which fields it has.
  return TIME.test(name) || INTERVAL.test(name) ? dataTypeModifier & 0xffff : scale;
};

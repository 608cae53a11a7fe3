// PostgreSQL's types: how the Data API shows a value of each, and what JDBC calls it in column metadata.
import type { PoolClient } from 'pg';

/** Which member of a Field carries the value; `unsupported` has none. */
export type Kind =
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'double'
  | 'decimal'
  | 'bytes'
  | 'timestamp'
  | 'timestamptz'
  | 'text'
  | 'json'
  | 'unsupported';

export interface ColumnType {
  name: string;
  kind: Kind;
  isArray: boolean;
  /** A constant of java.sql.Types. */
  jdbcType: number;
  precision: number;
  scale: number;
}

const UNLIMITED = 2_147_483_647;
const JDBC_VARCHAR = 12;
const JDBC_OTHER = 1111;
const JDBC_STRUCT = 2002;
const JDBC_ARRAY = 2003;

// id, id of its array, name, kind, java.sql.Types, precision, scale
const builtIn = [
  [16, 1000, 'bool', 'boolean', -7, 1, 0],
  [17, 1001, 'bytea', 'bytes', -2, UNLIMITED, 0],
  [18, 1002, 'char', 'unsupported', 1, 1, 0],
  [19, 1003, 'name', 'text', 12, UNLIMITED, 0],
  [20, 1016, 'int8', 'bigint', -5, 19, 0],
  [21, 1005, 'int2', 'integer', 5, 5, 0],
  [22, 1006, 'int2vector', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [23, 1007, 'int4', 'integer', 4, 10, 0],
  [24, 1008, 'regproc', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [25, 1009, 'text', 'text', 12, UNLIMITED, 0],
  // As text, and no vectors, on Aurora 16.6 (dylanmoring/aurora-data-api, type_conversion.py; sqlalchemy-aurora-data-api).
  [26, 1028, 'oid', 'text', -5, 10, 0],
  [30, 1013, 'oidvector', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [114, 199, 'json', 'json', JDBC_OTHER, UNLIMITED, 0],
  [142, 143, 'xml', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [600, 1017, 'point', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [601, 1018, 'lseg', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [602, 1019, 'path', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [603, 1020, 'box', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [604, 1027, 'polygon', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [628, 629, 'line', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [700, 1021, 'float4', 'double', 7, 8, 8],
  [701, 1022, 'float8', 'double', 8, 17, 17],
  [718, 719, 'circle', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [774, 775, 'macaddr8', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [790, 791, 'money', 'unsupported', 8, UNLIMITED, 0],
  [829, 1040, 'macaddr', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [1042, 1014, 'bpchar', 'text', 1, UNLIMITED, 0],
  [1043, 1015, 'varchar', 'text', 12, UNLIMITED, 0],
  [1082, 1182, 'date', 'timestamp', 91, 13, 0],
  [1083, 1183, 'time', 'timestamp', 92, 15, 6],
  [1114, 1115, 'timestamp', 'timestamp', 93, 29, 6],
  [1184, 1185, 'timestamptz', 'timestamptz', 93, 35, 6],
  [1186, 1187, 'interval', 'unsupported', JDBC_OTHER, 49, 6],
  [1266, 1270, 'timetz', 'unsupported', 92, 21, 6],
  [1700, 1231, 'numeric', 'decimal', 2, 0, 0],
  [2202, 2207, 'regprocedure', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [2203, 2208, 'regoper', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [2204, 2209, 'regoperator', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [2205, 2210, 'regclass', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [2206, 2211, 'regtype', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [2950, 2951, 'uuid', 'text', JDBC_OTHER, UNLIMITED, 0],
  [3734, 3735, 'regconfig', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [3769, 3770, 'regdictionary', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [3802, 3807, 'jsonb', 'json', JDBC_OTHER, UNLIMITED, 0],
  [4089, 4090, 'regnamespace', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [4096, 4097, 'regrole', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
  [4191, 4192, 'regcollation', 'unsupported', JDBC_OTHER, UNLIMITED, 0],
] as const;

const known = new Map<number, ColumnType>(
  builtIn.flatMap(([id, arrayId, name, kind, jdbcType, precision, scale]) => [
    [id, { name, kind, isArray: false, jdbcType, precision, scale }],
    [arrayId, { name: `_${name}`, kind, isArray: true, jdbcType: JDBC_ARRAY, precision, scale }],
  ]),
);

/** The types of a result's columns. Only types that a database defines itself, such as enums, have to be asked for. */
export const typesOf = async (ids: readonly number[], client: PoolClient): Promise<ColumnType[]> => {
  const foreign = ids.filter((id) => !known.has(id));
  const defined = foreign.length > 0 ? await definedTypes(foreign, client) : undefined;
  return ids.map((id) => known.get(id) ?? defined?.get(id) ?? otherType(`${id}`, JDBC_OTHER));
};

const definedTypes = async (ids: number[], client: PoolClient): Promise<Map<number, ColumnType>> => {
  const { rows } = await client.query<{ oid: number; typname: string; jdbc_type: number }>(
    // As pgjdbc's TypeInfoCache has them.
    `SELECT oid, typname, CASE WHEN typinput = 'array_in'::regproc THEN ${JDBC_ARRAY}
       WHEN typtype = 'e' THEN ${JDBC_VARCHAR} WHEN typtype = 'c' THEN ${JDBC_STRUCT} ELSE ${JDBC_OTHER} END AS jdbc_type
     FROM pg_type WHERE oid = ANY($1::oid[])`,
    [ids],
  );
  return new Map(rows.map(({ oid, typname, jdbc_type }) => [oid, otherType(typname, jdbc_type)]));
};

const otherType = (name: string, jdbcType: number): ColumnType => ({
  name,
  kind: 'text',
  isArray: jdbcType === JDBC_ARRAY,
  jdbcType,
  precision: UNLIMITED,
  scale: 0,
});

// What the API's database user may do, as data, from which the GRANT statements, the check for missing ones and their undo
// are made. A migration whose table the functions use adds its grants here.
import { literal } from './atomic-call.ts';

interface Grant {
  /** Or a view. */
  table: string;
  privilege: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  /** The whole table where there are none. */
  columns?: readonly string[];
}

export const API_GRANTS: readonly Grant[] = [
  { table: 'workspace_model_migrations', privilege: 'SELECT', columns: ['version', 'state'] },
  { table: 'workspaces', privilege: 'SELECT', columns: ['id', 'name', 'runtime'] },
  { table: 'workspace_model_picks_table', privilege: 'SELECT' },
  { table: 'workspace_model_picks', privilege: 'SELECT' },
  // Without the key, which is the view's default: see the migration.
  {
    table: 'workspace_model_picks',
    privilege: 'INSERT',
    columns: ['workspace_id', 'encrypted_value', 'encryption_version'],
  },
  {
    table: 'workspace_model_picks',
    privilege: 'UPDATE',
    columns: ['encrypted_value', 'encryption_version', 'updated_at'],
  },
  { table: 'workspace_model_picks', privilege: 'DELETE' },
  { table: 'workspace_model_history', privilege: 'SELECT' },
  {
    table: 'workspace_model_history',
    privilege: 'INSERT',
    columns: ['workspace_id', 'action', 'actor', 'encrypted_value', 'encryption_version'],
  },
];

const grantedColumns = API_GRANTS.flatMap(({ table, privilege, columns = [undefined] }) =>
  columns.map((column) => `(${literal(table)}, '${privilege}', ${column ? literal(column) : 'NULL'})`),
);

/** What takes away all that the user may do with the table itself, which it reaches through the view. Harmless twice. */
export const revokeTableSql = (apiUser: string): string =>
  `EXECUTE format('REVOKE ALL ON workspace_secrets FROM %I', ${literal(apiUser)});`;

const namedTables = [...new Set([...API_GRANTS.map(({ table }) => table), 'workspace_secrets'])];

/**
 * A query for every grant that the user needs in this database: `granting` and `revoking` are its statements, `granted`
 * is whether it stands. A table that does not exist yet needs none. On what is the service's own, the user has its rights in its
 * own name: those of PUBLIC are taken away. The connection, the schemas and plpgsql, in which the API is tried, are what
 * everybody may use until a database is hardened; workspace_secrets has to be found by its name, and nothing more. A sequence
 * is what fills a column that the functions leave to its default, and functions are called with their rights by defaults, generated
 * columns, indexes and checks, those of domains among them.
 */
export const grantsSql = (apiUser: string): string => `
  SELECT format('GRANT %s TO %I', what, ${literal(apiUser)}) AS granting,
         format('REVOKE %s FROM %I', what, ${literal(apiUser)}) AS revoking,
         coalesce(granted, false) AS granted
  FROM (SELECT to_regrole(quote_ident(${literal(apiUser)})) AS oid) AS api, LATERAL (
    SELECT format('%s%s ON %s', privilege, CASE WHEN col IS NOT NULL THEN format(' (%I)', col) END, tab) AS what,
           CASE WHEN tab LIKE 'workspace_model%' THEN EXISTS (
                  SELECT FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = col
                  CROSS JOIN aclexplode(c.relacl || a.attacl) AS own
                  WHERE c.oid = to_regclass(tab) AND own.grantee = api.oid AND own.privilege_type = privilege)
                WHEN col IS NULL THEN has_table_privilege(api.oid, to_regclass(tab), privilege)
                ELSE has_column_privilege(api.oid, to_regclass(tab), col, privilege) END AS granted
    FROM (VALUES ${grantedColumns.join(', ')}) AS wanted (tab, privilege, col)
    WHERE to_regclass(tab) IS NOT NULL
    UNION ALL
    SELECT format('CONNECT ON DATABASE %I', current_database()), has_database_privilege(api.oid, current_database(), 'CONNECT')
    UNION ALL
    SELECT 'USAGE ON LANGUAGE plpgsql', has_language_privilege(api.oid, 'plpgsql', 'USAGE')
    UNION
    SELECT format('USAGE ON SCHEMA %I', n.nspname), has_schema_privilege(api.oid, n.oid, 'USAGE')
    FROM (VALUES ${namedTables.map((table) => `(${literal(table)})`).join(', ')}) AS wanted (tab)
    JOIN pg_class c ON c.oid = to_regclass(tab) JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION
    SELECT format('USAGE ON SEQUENCE %s', CAST(s.oid AS regclass)), has_sequence_privilege(api.oid, s.oid, 'USAGE')
    FROM pg_attrdef a
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
    WHERE a.adrelid = to_regclass('workspace_secrets')
    UNION
    SELECT format('EXECUTE ON FUNCTION %s', CAST(d.refobjid AS regprocedure)), has_function_privilege(api.oid, d.refobjid, 'EXECUTE')
    FROM (
      WITH RECURSIVE domains (oid) AS (
        SELECT t.oid FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = to_regclass('workspace_secrets') AND t.typtype = 'd'
        UNION
        SELECT base.oid FROM domains JOIN pg_type t ON t.oid = domains.oid
        JOIN pg_type base ON base.oid = t.typbasetype AND base.typtype = 'd'
      )
      SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = to_regclass('workspace_secrets')
      UNION ALL
      SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = to_regclass('workspace_secrets')
      UNION ALL
      SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
      WHERE contype = 'c' AND (conrelid = to_regclass('workspace_secrets') OR contypid IN (SELECT oid FROM domains))
      UNION ALL
      SELECT 'pg_type'::regclass, oid FROM domains
      UNION ALL
      -- PostgreSQL 14 notes at the table what a generated column calls.
      SELECT 'pg_class'::regclass, CAST(to_regclass('workspace_secrets') AS oid)
    ) AS calling (class, oid)
    JOIN pg_depend d ON d.classid = calling.class AND d.objid = calling.oid AND d.refclassid = 'pg_proc'::regclass
  ) AS needed`;

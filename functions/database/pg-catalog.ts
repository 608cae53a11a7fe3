// The platform's two tables as the database's catalogue has them: read once, at the start of a deploy.
import * as z from 'zod/mini';
import type { Execute } from './client.ts';
import { OTHERS_OBJECTS } from './own-objects.ts';
import { RENAME_CONSTRAINT } from './rename-constraint.ts';
import { queryRows } from './rows.ts';

const Column = z.object({
  name: z.string(),
  /** As SQL writes it, such as `character varying(20)`; without the quotes that quote_all_identifiers adds. */
  type: z.string(),
  isRequired: z.boolean(),
  /** By default, identity or generation, of the column or of its domain. */
  fillsItself: z.boolean(),
  /** The type or collation by which `a` equals `A`; null where there is none. */
  ignoresCaseBy: z.nullable(z.string()),
});

const Unique = z.object({
  name: z.string(),
  /** In their order; an expression is null. */
  columns: z.array(z.nullable(z.string())),
  isValid: z.boolean(),
  isPartial: z.boolean(),
  isDeferrable: z.boolean(),
  /** Columns and expressions, as SQL writes them. */
  terms: z.array(z.string()),
  predicate: z.nullable(z.string()),
  /** NULLS NOT DISTINCT */
  joinsNulls: z.boolean(),
});

const Check = z.object({
  name: z.string(),
  expression: z.string(),
  /** Not where it is NOT VALID: rows from before it may break it. */
  isValid: z.boolean(),
  /** The whole row, or a column of the system's such as tableoid, is null. */
  columns: z.array(z.nullable(z.string())),
});

const ForeignKey = z.object({
  name: z.string(),
  table: z.string(),
  /** Of that table. */
  owner: z.string(),
  columns: z.array(z.string()),
  referenced: z.string(),
  referencedColumns: z.array(z.string()),
  /** pg_constraint's letters: a no action, r restrict, c cascade, n set null, d set default. */
  onDelete: z.string(),
  onUpdate: z.string(),
  isValid: z.boolean(),
  /** Whether workspace_secrets has it. */
  isOf: z.boolean(),
  /** Whether it refers to workspace_secrets. */
  isTo: z.boolean(),
  /** Whether what it refers to is workspaces. */
  isToWorkspaces: z.boolean(),
  /** Whether row-level security may hide rows of the table that has it. */
  hasHiddenRows: z.boolean(),
  /** And of the table that it refers to. */
  hidesReferenced: z.boolean(),
});

/** Of those that reads are subject to. */
const Policy = z.object({
  name: z.string(),
  isPermissive: z.boolean(),
  /** Whether its expression is literally true. */
  admitsAll: z.boolean(),
  /** PUBLIC is `public`, as which no role can be named. */
  roles: z.array(z.string()),
});

const Table = z.object({
  name: z.string(),
  schema: z.string(),
  /** With its schema, as SQL writes it. */
  qualified: z.string(),
  isOnPath: z.boolean(),
  /** Whether the bare name means this table. */
  isVisible: z.boolean(),
  /** pg_class's letter: r table, p partitioned table, v view, m materialized view, f foreign table. */
  kind: z.string(),
  isPartition: z.boolean(),
  hasChildren: z.boolean(),
  /** Its size. */
  pages: z.number(),
  owner: z.string(),
  isOwned: z.boolean(),
  /** Of the owner, with or without his rights. */
  isMember: z.boolean(),
  hasRowSecurity: z.boolean(),
  forcesRowSecurity: z.boolean(),
  /** Whether it is for none of the owner's statements, forced or not. */
  ownerBypassesRowSecurity: z.boolean(),
  policies: z.array(Policy),
  columns: z.array(Column),
  /** Whether a trigger may give columns of a new row their values. */
  fillsRows: z.boolean(),
  uniques: z.array(Unique),
  checks: z.array(Check),
});

const PgCatalog = z.object({
  /** Whose rights the statements have. */
  user: z.string(),
  /** Whose settings a session begins with; another user where one of them is `role`. */
  login: z.string(),
  bypassesRowSecurity: z.boolean(),
  isReadOnly: z.boolean(),
  /** PostgreSQL's server_version_num: 140008 is 14.8. */
  serverVersion: z.number(),
  database: z.string(),
  hasLedger: z.boolean(),
  /** Where it is, also where the path does not lead to it and a view of picks beside it stands on workspace_secrets. */
  ledgerSchema: z.nullable(z.string()),
  /** Where a table without a schema is created; null where no schema of the path exists. */
  schema: z.nullable(z.string()),
  mayCreate: z.boolean(),
  /** The schemas of the path that exist, quoted. */
  searchPath: z.array(z.string()),
  tables: z.array(Table),
  /** Those of workspace_secrets and those that refer to it. */
  foreignKeys: z.array(ForeignKey),
  /** What the service has made and may not use; `giving` is what mends that. */
  others: z.array(z.object({ object: z.string(), owner: z.string(), giving: z.string() })),
  /** Enabled subscriptions that bring the rows of workspace_secrets from another database, quoted. */
  subscriptions: z.array(z.string()),
});

export type PgCatalog = z.infer<typeof PgCatalog>;
export type Table = z.infer<typeof Table>;
export type Unique = z.infer<typeof Unique>;
export type Column = z.infer<typeof Column>;
export type Check = z.infer<typeof Check>;
export type ForeignKey = z.infer<typeof ForeignKey>;

const NAMES = "('workspaces', 'workspace_secrets')";

/** @param length how many of the numbers count. A slice of the array would look like a placeholder to the Data API. */
const columnNames = (relation: string, numbers: string, length = `cardinality(${numbers})`): string => `(
        SELECT coalesce(json_agg(a.attname ORDER BY n.place), '[]') FROM unnest(${numbers}) WITH ORDINALITY AS n (attnum, place)
        LEFT JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = n.attnum AND n.attnum > 0
        WHERE n.place <= ${length}
      )`;

const COLUMNS = `
    SELECT coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', btrim(format_type(a.atttypid, a.atttypmod), '"'),
      'isRequired', a.attnotnull OR t.typnotnull,
      'fillsItself', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
      'ignoresCaseBy', CASE WHEN 'citext' IN (t.typname, (SELECT b.typname FROM pg_type b WHERE b.oid = t.typbasetype)) THEN 'citext'
        ELSE (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic) END
    ) ORDER BY a.attnum), '[]')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const UNIQUES = `
    SELECT coalesce(json_agg(json_build_object(
      'name', CAST(i.indexrelid AS regclass), 'isValid', i.indisvalid AND i.indisready AND i.indislive,
      'isPartial', i.indpred IS NOT NULL, 'isDeferrable', NOT i.indimmediate,
      'terms', (SELECT json_agg(pg_get_indexdef(i.indexrelid, n, true) ORDER BY n)
        FROM generate_series(1, CAST(i.indnkeyatts AS int)) AS n),
      'predicate', pg_get_expr(i.indpred, i.indrelid),
      'joinsNulls', coalesce(CAST(to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false),
      'columns', ${columnNames('i.indrelid', 'CAST(string_to_array(CAST(i.indkey AS text), $$ $$) AS int[])', 'i.indnkeyatts')}
    )), '[]')
    FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique`;

/** The platform's: the rename makes its own anew. */
const CHECKS = `
    SELECT coalesce(json_agg(json_build_object(
      'name', quote_ident(k.conname), 'expression', pg_get_expr(k.conbin, k.conrelid), 'isValid', k.convalidated,
      'columns', ${columnNames('k.conrelid', 'k.conkey')}
    )), '[]')
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conname <> '${RENAME_CONSTRAINT}'`;

const POLICIES = `
    SELECT coalesce(json_agg(json_build_object('name', p.polname, 'isPermissive', p.polpermissive,
      'admitsAll', coalesce(pg_get_expr(p.polqual, p.polrelid) = 'true', false),
      'roles', (SELECT json_agg(coalesce(r.rolname, 'public')) FROM unnest(p.polroles) AS o LEFT JOIN pg_roles r ON r.oid = o)
    )), '[]')
    FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')`;

/** pg_trigger's bits: 1 for each row, 2 before, 4 insert. */
const FILLS_ROWS = `EXISTS (
      SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 7 = 7
    )`;

const TABLES = `
  SELECT coalesce(json_agg(json_build_object(
    'name', c.relname, 'schema', n.nspname, 'qualified', format('%I.%I', n.nspname, c.relname),
    'isOnPath', n.nspname = ANY (current_schemas(false)), 'isVisible', pg_table_is_visible(c.oid), 'kind', c.relkind,
    'isPartition', c.relispartition, 'hasChildren', EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid),
    'pages', greatest(c.relpages, 0),
    'owner', pg_get_userbyid(c.relowner), 'isOwned', pg_has_role(c.relowner, 'USAGE'),
    'isMember', pg_has_role(c.relowner, 'MEMBER'),
    'hasRowSecurity', c.relrowsecurity, 'forcesRowSecurity', c.relforcerowsecurity,
    'ownerBypassesRowSecurity', (SELECT o.rolsuper OR o.rolbypassrls FROM pg_roles o WHERE o.oid = c.relowner),
    'columns', (${COLUMNS}), 'fillsRows', ${FILLS_ROWS}, 'uniques', (${UNIQUES}), 'checks', (${CHECKS}), 'policies', (${POLICIES})
  )), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname IN ${NAMES} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_temp%'`;

const FOREIGN_KEYS = `
  SELECT coalesce(json_agg(json_build_object(
    'name', k.conname, 'table', CAST(k.conrelid AS regclass),
    'owner', (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = k.conrelid), 'columns', ${columnNames('k.conrelid', 'k.conkey')},
    'referenced', CAST(k.confrelid AS regclass), 'referencedColumns', ${columnNames('k.confrelid', 'k.confkey')},
    'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'isValid', k.convalidated,
    'isOf', k.conrelid = to_regclass('workspace_secrets'), 'isTo', k.confrelid = to_regclass('workspace_secrets'),
    'isToWorkspaces', k.confrelid IS NOT DISTINCT FROM to_regclass('workspaces'), 'hasHiddenRows', row_security_active(k.conrelid),
    'hidesReferenced', row_security_active(k.confrelid)
  )), '[]')
  FROM pg_constraint k
  WHERE k.contype = 'f' AND k.conparentid = 0
    AND (k.confrelid = to_regclass('workspace_secrets') OR k.conrelid = to_regclass('workspace_secrets'))`;

const LEDGER_SCHEMA = `
  SELECT min(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = 'workspace_model_migrations' AND CASE to_regclass('workspace_model_migrations') WHEN c.oid THEN true ELSE
    to_regclass('workspace_model_migrations') IS NULL AND EXISTS (
      SELECT FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass('workspace_secrets')
      WHERE v.relnamespace = n.oid AND v.relname = 'workspace_model_picks'
    ) END`;

/** By way of the view: before PostgreSQL 14, which is refused by its name, only a superuser may read pg_subscription.oid. */
const SUBSCRIPTIONS = `
  SELECT coalesce(json_agg(DISTINCT quote_ident(b.subname)), '[]')
  FROM pg_subscription_rel r JOIN pg_stat_subscription v ON v.subid = r.srsubid JOIN pg_subscription b ON b.subname = v.subname
  WHERE b.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    AND r.srrelid = to_regclass('workspace_secrets') AND b.subenabled`;

const SQL = `
  SELECT CAST(json_build_object(
    'user', me.rolname, 'login', session_user, 'bypassesRowSecurity', me.rolsuper OR me.rolbypassrls,
    'isReadOnly', current_setting('transaction_read_only') = 'on',
    'serverVersion', CAST(current_setting('server_version_num') AS int),
    'hasLedger', to_regclass('workspace_model_migrations') IS NOT NULL,
    'ledgerSchema', (${LEDGER_SCHEMA}),
    'database', current_database(), 'schema', current_schema(),
    'mayCreate', coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
    'searchPath', (SELECT coalesce(json_agg(quote_ident(name)), '[]') FROM unnest(current_schemas(false)) AS name),
    'tables', (${TABLES}), 'foreignKeys', (${FOREIGN_KEYS}), 'others', (${OTHERS_OBJECTS}),
    'subscriptions', (${SUBSCRIPTIONS})
  ) AS text) AS catalogue
  FROM pg_roles me WHERE me.rolname = current_user`;

export const readPgCatalog = async (execute: Execute): Promise<PgCatalog> => {
  const [row] = await queryRows(execute, z.object({ catalogue: z.string() }), { sql: SQL });
  return PgCatalog.parse(JSON.parse(row?.catalogue ?? 'null'));
};

/** A name as SQL writes it. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The table that the bare name means. */
export const tableOf = (catalogue: PgCatalog, name: string): Table | undefined =>
  catalogue.tables.find((table) => table.name === name && table.isVisible);

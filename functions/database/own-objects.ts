// What the service has made in the database, which is to belong to the owner of workspace_secrets: whoever deploys next, such as
// the other one of two users that a rotation alternates between, then has the rights on it, too.
import { runEach } from './atomic-call.ts';
import { SQLSTATE } from './failures.ts';

const TABLES = [
  'migrations',
  'migration_lease',
  'deployment',
  'rename_journal',
  'rename_superseded',
  'history',
  'picks',
  'picks_table',
].map((name) => `('workspace_model_${name}')`);

const FUNCTIONS = ['history_keep_50()', 'rename_set_aside(anyelement)', 'rename_give_back(uuid)'].map(
  (name) => `('workspace_model_${name}')`,
);

/** Each with the statement that gives it to `wanted`. ALTER TABLE does so for a view, too. */
const OBJECTS = `(
    SELECT owned.*, wanted.relowner AS wanted, format('ALTER %s OWNER TO %I', object, pg_get_userbyid(wanted.relowner)) AS giving
    FROM (
      SELECT format('TABLE %s', CAST(c.oid AS regclass)) AS object, c.relowner AS owner
      FROM (VALUES ${TABLES.join(', ')}) AS made (name) JOIN pg_class c ON c.oid = to_regclass(made.name)
      UNION ALL
      SELECT format('FUNCTION %s', CAST(oid AS regprocedure)), proowner
      FROM (VALUES ${FUNCTIONS.join(', ')}) AS made (name) JOIN pg_proc ON oid = to_regprocedure(made.name)
    ) AS owned JOIN pg_class wanted ON wanted.oid = to_regclass('workspace_secrets')
  )`;

/**
 * As plpgsql: without a ledger nothing of these names can be the service's, but what a way back or a Delete leaves. A table of
 * the platform's would be taken for one, and removed by an undo. All are looked for in one snapshot, since another run may
 * make them at the same time.
 */
export const REFUSE_STRANGERS = `
  DECLARE
    stranger name := (
      SELECT min(relname) FROM pg_class
      WHERE relname IN (SELECT name FROM (VALUES ${TABLES.join(', ')}) AS made (name)) AND pg_table_is_visible(oid)
        AND relname NOT IN ('workspace_model_rename_superseded', 'workspace_model_deployment')
      HAVING NOT bool_or(relname = 'workspace_model_migrations')
    );
  BEGIN
    IF stranger IS NOT NULL THEN
      RAISE EXCEPTION 'relation % is not of this service', stranger USING ERRCODE = '${SQLSTATE.duplicateTable}';
    END IF;
  END;`;

/** As plpgsql. What may not be given away stays with whom it belongs to. */
const GIVE_TO_OWNER = runEach(
  `
      SELECT giving FROM ${OBJECTS} AS o
      WHERE owner <> wanted AND pg_has_role(owner, 'USAGE') AND pg_has_role(wanted, 'USAGE')`,
  'EXCEPTION WHEN insufficient_privilege THEN NULL; ',
);

/** Whoever may read the state of a version is the API's user: nobody else has a use for it. */
const IS_API_USER = `EXISTS (
        SELECT FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) AS own
        WHERE a.attrelid = to_regclass('workspace_model_migrations') AND own.grantee = had.grantee
      )`;

/** The role of an entry `had`, as REVOKE takes it by %I, and has_table_privilege as it is: PUBLIC has no row of its own. */
const GRANTEE = `CASE had.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(had.grantee) END`;

/**
 * As plpgsql. The platform's default privileges grant others rights on every new table, and on the view of the picks as well.
 * Nobody is to have more of these than of workspace_secrets, from which the same right may have been revoked.
 * @param grantees `had.grantee` is one of them, or 0 for PUBLIC
 */
const revokeDefaults = (grantees: string): string =>
  runEach(`
      SELECT DISTINCT format('REVOKE %s ON %s %s FROM %I CASCADE', had.privilege_type,
        CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, CAST(c.oid AS regclass), ${GRANTEE})
      FROM (
        SELECT to_regclass(name) AS oid FROM (VALUES ${TABLES.join(', ')}) AS made (name)
        UNION ALL
        SELECT objid FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND refobjid = to_regclass('workspace_model_history') AND deptype = 'i' AND refobjsubid > 0
      ) AS made JOIN pg_class c ON c.oid = made.oid
      JOIN pg_default_acl d
        ON d.defaclobjtype = (CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END)::"char" AND d.defaclnamespace IN (0, c.relnamespace)
      CROSS JOIN aclexplode(d.defaclacl) AS given
      JOIN aclexplode(c.relacl) AS had ON had.grantee = given.grantee AND had.privilege_type = given.privilege_type
      WHERE ${grantees} AND had.grantee <> c.relowner AND pg_has_role(c.relowner, 'USAGE')
        AND (c.relkind = 'S' OR NOT has_table_privilege(${GRANTEE}, to_regclass('workspace_secrets'), had.privilege_type))`);

/**
 * As plpgsql. An event trigger of the platform's may give every new table row-level security, which hides the ledger from the
 * API's user. What is the service's own is protected by its rights.
 */
const SHOW_ROWS = runEach(`
      SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', CAST(c.oid AS regclass))
      FROM (VALUES ${TABLES.join(', ')}) AS made (name) JOIN pg_class c ON c.oid = to_regclass(made.name)
      WHERE c.relrowsecurity AND pg_has_role(c.relowner, 'USAGE')`);

/** A row for each table whose rows it hides from the user. */
export const HIDDEN_TABLES = `
  SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY;', CAST(to_regclass(name) AS regclass)) AS showing
  FROM (VALUES ${TABLES.join(', ')}) AS made (name) WHERE row_security_active(to_regclass(name))`;

/** As plpgsql, once the API's user has its rights in its own name: before, it may have them from PUBLIC alone. */
export const REVOKE_PUBLIC_DEFAULTS = revokeDefaults('had.grantee = 0');

/**
 * As plpgsql. A trigger's function with its owner's rights deletes from the table that it is put on: whoever may put it on a
 * table, which PUBLIC may with any new function, runs triggers of that table with these rights, too.
 */
const CLOSE_TO_OTHERS = `${revokeDefaults(`had.grantee <> 0 AND NOT ${IS_API_USER}`)}
  ${runEach(`
      SELECT format('REVOKE ALL ON FUNCTION %s FROM %I CASCADE', CAST(f.oid AS regprocedure), ${GRANTEE})
      FROM pg_proc f CROSS JOIN aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS had
      WHERE f.oid = to_regprocedure('workspace_model_history_keep_50()') AND had.grantee <> f.proowner
        AND pg_has_role(f.proowner, 'USAGE')`)}`;

/** As plpgsql, after whatever may have made something: what the service has is its owner's, and only those see it who are to. */
export const SECURE_OBJECTS = `${GIVE_TO_OWNER}
  ${SHOW_ROWS}
  ${CLOSE_TO_OTHERS}`;

/** What belongs to somebody else, whose rights the user does not have. */
export const OTHERS_OBJECTS = `
  SELECT coalesce(json_agg(json_build_object('object', object, 'owner', pg_get_userbyid(owner), 'giving', giving)), '[]')
  FROM ${OBJECTS} AS o WHERE NOT pg_has_role(owner, 'USAGE')`;

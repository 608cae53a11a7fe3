// What the service has made in the database, which is to belong to the owner of workspace_secrets: whoever deploys next, such as
// the other one of two users that a rotation alternates between, then has the rights on it, too.
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

/** Each with the statement that gives it to `wanted`. ALTER TABLE does so for a view, too. */
const OBJECTS = `(
    SELECT owned.*, wanted.relowner AS wanted, format('ALTER %s OWNER TO %I', object, pg_get_userbyid(wanted.relowner)) AS giving
    FROM (
      SELECT format('TABLE %s', CAST(c.oid AS regclass)) AS object, c.relowner AS owner
      FROM (VALUES ${TABLES.join(', ')}) AS made (name) JOIN pg_class c ON c.oid = to_regclass(made.name)
      UNION ALL
      SELECT format('FUNCTION %s', CAST(oid AS regprocedure)), proowner
      FROM pg_proc WHERE oid = to_regprocedure('workspace_model_history_keep_50()')
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
export const GIVE_TO_OWNER = `
  DECLARE
    statement text;
  BEGIN
    FOR statement IN
      SELECT giving FROM ${OBJECTS} AS o
      WHERE owner <> wanted AND pg_has_role(owner, 'USAGE') AND pg_has_role(wanted, 'USAGE')
    LOOP
      EXECUTE statement;
    END LOOP;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;`;

/** What belongs to somebody else, whose rights the user does not have. */
export const OTHERS_OBJECTS = `
  SELECT coalesce(json_agg(json_build_object('object', object, 'owner', pg_get_userbyid(owner), 'giving', giving)), '[]')
  FROM ${OBJECTS} AS o WHERE NOT pg_has_role(owner, 'USAGE')`;

// The foreign key that migrations/20261125000000_workspace_model_history.up.sql gives the history, by which it goes with its
// workspace.
import { runEach } from './atomic-call.ts';

/** The migration that makes it. */
export const HISTORY_VERSION = '20261125000000';

const IS_ITS_KEY = "contype = 'f' AND conrelid = to_regclass('workspace_model_history')";

/**
 * A foreign key is bound to a table, not to its name. Where the platform has put another table in the place of workspaces, no
 * pick could be saved for a workspace that is made since; and where the one before was dropped with CASCADE, the key is gone.
 */
export const HISTORY_REFERS = `EXISTS (
      SELECT FROM pg_constraint WHERE ${IS_ITS_KEY} AND confrelid = to_regclass('workspaces')
    )`;

/**
 * As plpgsql: lets the history follow the name, since its migration only makes what is not there. NOT VALID takes the table for
 * an instant, and an entry of a workspace that went meanwhile does no harm. The API's user, which is whoever may read the state
 * of a version, may read the new table as it did the one before.
 */
export const FOLLOW_WORKSPACES = runEach(`
      SELECT following FROM (
        SELECT format('ALTER TABLE workspace_model_history %s
          ADD FOREIGN KEY (workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE NOT VALID',
          string_agg(format('DROP CONSTRAINT %I,', conname), ' ')) AS following
        FROM pg_constraint WHERE ${IS_ITS_KEY} AND conparentid = 0
        UNION ALL
        SELECT format('GRANT SELECT (id, name, runtime) ON workspaces TO %I', pg_get_userbyid(own.grantee))
        FROM pg_attribute CROSS JOIN aclexplode(attacl) AS own WHERE attrelid = to_regclass('workspace_model_migrations')
      ) AS mends
      WHERE to_regclass('workspace_model_history') IS NOT NULL AND to_regclass('workspaces') IS NOT NULL AND NOT ${HISTORY_REFERS}`);

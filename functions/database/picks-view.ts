// The views that migrations/20261127000000_workspace_model_picks.up.sql makes: the API's user reaches picks through one of
// them and has no right on the table itself.

/** The migration that makes them. */
export const PICKS_VERSION = '20261127000000';

/**
 * A view is bound to a table, not to its name. Where the platform has put another table in the place of workspace_secrets,
 * picks would be read and written in the old one, so the statements compare the two. A view of a constant, which is one row,
 * answers that; asking the catalogue takes two joins.
 */
export const STANDS_ON_TABLE = `(SELECT stands_on FROM workspace_model_picks_table)
    IS NOT DISTINCT FROM to_regclass('workspace_secrets')`;

/** Whether both views do, by the catalogue: they may also be gone, and then could not be named. */
export const VIEWS_STAND = `2 = (
      SELECT count(DISTINCT r.ev_class) FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass('workspace_secrets')
      WHERE r.ev_class IN (to_regclass('workspace_model_picks'), to_regclass('workspace_model_picks_table'))
    )`;

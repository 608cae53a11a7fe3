-- Why: a release without a history neither writes nor reads one. What is lost with the table: who saved or cleared a pick
-- and when, and the picks before the present ones. The present picks are not touched.

-- @alters workspaces
DROP TABLE IF EXISTS workspace_model_history;

DROP FUNCTION IF EXISTS workspace_model_history_keep_50();

-- Why: a release without the views reads and writes the table, for which its own deploy grants the rights. No pick is touched.

DROP VIEW IF EXISTS workspace_model_picks, workspace_model_picks_table;

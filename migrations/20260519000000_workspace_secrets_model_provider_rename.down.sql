-- Why: after a rollback the platform reads picks under MODEL_PROVIDER again. What was renamed gets its old name back,
-- with the value that it has by now; what was superseded comes back where its MODEL row holds the same pick.
-- The ledger keeps these statements, so that the previous release's code can run them.

-- What a run that stopped in its first steps has not made yet: the steps below look into both.
CREATE TABLE IF NOT EXISTS workspace_model_rename_journal AS
SELECT CAST(NULL AS text) AS kind, id, workspace_id, encrypted_value, encryption_version, created_at, updated_at
FROM workspace_secrets WITH NO DATA;

CREATE TABLE IF NOT EXISTS workspace_model_rename_superseded AS SELECT * FROM workspace_secrets WITH NO DATA;

-- @alters workspace_secrets
ALTER TABLE workspace_secrets
  DROP CONSTRAINT IF EXISTS "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead";

-- A MODEL row that was there before and holds the same pick stays, and the row it had superseded comes back beside it.
-- Its updated_at says nothing: a trigger moves it with any change, such as a new column that is filled. Every other MODEL
-- row is the workspace's pick by now and takes the old name, unless that is taken again.
-- A pick may be set meanwhile and its row move to a page that the walk has behind it: the sweep meets that.
-- @walk workspace_secrets
-- @swept
WITH model AS MATERIALIZED (
  SELECT place, workspace_id, untouched, NOT untouched AND (
    SELECT true FROM workspace_secrets o WHERE o.workspace_id = judged.workspace_id AND o.key = 'MODEL_PROVIDER' LIMIT 1
  ) IS NULL AS movable
  FROM (
    SELECT s.ctid AS place, s.workspace_id, (
      SELECT true FROM workspace_model_rename_journal k
      WHERE k.kind = 'kept' AND k.id = s.id AND k.encrypted_value IS NOT DISTINCT FROM s.encrypted_value
        AND k.encryption_version IS NOT DISTINCT FROM s.encryption_version LIMIT 1
    ) IS NOT NULL AS untouched
    FROM workspace_secrets s
    WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL'
      AND EXISTS (SELECT FROM workspace_model_rename_journal WHERE kind = 'all kept')
  ) AS judged
), restored AS (
  INSERT INTO workspace_secrets (/* @columns workspace_secrets */)
  OVERRIDING SYSTEM VALUE
  SELECT /* @columns workspace_secrets */
  FROM (
    SELECT j.* FROM model m CROSS JOIN LATERAL (
      SELECT * FROM workspace_model_rename_superseded WHERE workspace_id = m.workspace_id LIMIT 1
    ) AS j
    WHERE m.untouched
  ) AS superseded
  ON CONFLICT (workspace_id, key) DO NOTHING
  RETURNING 1
), locked AS MATERIALIZED (
  SELECT s.ctid AS place
  FROM model m JOIN workspace_secrets s ON s.ctid = m.place
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND m.movable
  FOR UPDATE OF s SKIP LOCKED
), moved AS (
  UPDATE workspace_secrets s SET key = 'MODEL_PROVIDER'
  FROM locked l
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND s.ctid = l.place
  RETURNING 1
)
SELECT
  (SELECT count(*) FROM restored) + (SELECT count(*) FROM moved) AS changed,
  (SELECT count(*) FROM model WHERE movable) - (SELECT count(*) FROM moved) AS skipped;

-- The defaults that the columns were given.
-- @alters workspace_secrets
DO $defaults$
DECLARE
  given text;
BEGIN
  FOR given IN
    SELECT substr(kind, length('default of ') + 1) FROM workspace_model_rename_journal WHERE kind LIKE 'default of %'
  LOOP
    EXECUTE format('ALTER TABLE workspace_secrets ALTER COLUMN %I DROP DEFAULT', given);
  END LOOP;
END
$defaults$;

-- @alters workspace_model_rename_superseded
DROP TABLE workspace_model_rename_superseded;

-- @alters workspace_model_rename_journal
DROP TABLE workspace_model_rename_journal;

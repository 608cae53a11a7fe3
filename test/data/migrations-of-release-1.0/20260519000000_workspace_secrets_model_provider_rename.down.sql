-- Why: after a rollback the platform reads picks under MODEL_PROVIDER again. What was renamed gets its old name back,
-- with the value that it has by now; what was superseded comes back where its MODEL row was not written since.
-- The ledger keeps these statements, so that the previous release's code can run them.

-- @alters workspace_secrets
ALTER TABLE workspace_secrets
  DROP CONSTRAINT IF EXISTS "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead";

-- A MODEL row that was there before and was not written since stays, and the row it had superseded comes back beside
-- it. Every other MODEL row is the workspace's pick by now and takes the old name, unless that is taken again.
-- @walk workspace_secrets
WITH model AS MATERIALIZED (
  SELECT place, workspace_id, untouched, NOT untouched AND (
    SELECT true FROM workspace_secrets o WHERE o.workspace_id = judged.workspace_id AND o.key = 'MODEL_PROVIDER' LIMIT 1
  ) IS NULL AS movable
  FROM (
    SELECT s.ctid AS place, s.workspace_id, (
      SELECT true FROM workspace_model_rename_journal k
      WHERE k.kind = 'kept' AND k.id = s.id AND k.encrypted_value = s.encrypted_value
        AND k.encryption_version = s.encryption_version AND k.updated_at IS NOT DISTINCT FROM s.updated_at LIMIT 1
    ) IS NOT NULL AS untouched
    FROM workspace_secrets s
    WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL'
      AND EXISTS (SELECT FROM workspace_model_rename_journal WHERE kind = 'all kept')
  ) AS judged
), restored AS (
  INSERT INTO workspace_secrets (id, workspace_id, key, encrypted_value, encryption_version, created_at, updated_at)
  SELECT j.id, j.workspace_id, 'MODEL_PROVIDER', j.encrypted_value, j.encryption_version, j.created_at, j.updated_at
  FROM model m CROSS JOIN LATERAL (
    SELECT * FROM workspace_model_rename_journal
    WHERE kind = 'superseded' AND workspace_id = m.workspace_id LIMIT 1
  ) AS j
  WHERE m.untouched
  ON CONFLICT DO NOTHING
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

-- @alters workspace_model_rename_journal
DROP TABLE workspace_model_rename_journal;

-- Why: after a rollback the platform reads picks under MODEL_PROVIDER again. What was renamed gets its old name back,
-- with the value that it has by now; what was superseded comes back where its MODEL row holds the same pick.
-- The ledger keeps these statements, so that the previous release's code can run them.

-- What a run that stopped in its first steps has not made yet: the steps below look into it. The journal is there, made by the
-- first step of all.
CREATE TABLE IF NOT EXISTS workspace_model_rename_superseded AS SELECT * FROM workspace_secrets WITH NO DATA;

ALTER TABLE workspace_model_rename_superseded
  ADD COLUMN IF NOT EXISTS why_not_given_back text, REPLICA IDENTITY FULL;

DROP FUNCTION IF EXISTS workspace_model_rename_set_aside;

-- @alters workspace_secrets
ALTER TABLE workspace_secrets
  DROP CONSTRAINT IF EXISTS "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead";

-- Gives back the row that a workspace's pick had superseded, with the columns that both tables have by now: the last one, where
-- the rename was repeated. One that does not fit any more (a column became required, what it refers to is gone, a trigger
-- refuses it) must not keep all others from their way back: it stays in its table, with the reason. What may pass by itself fails as anywhere else, and the
-- call is repeated. What is deferred to the commit is checked at once, to be met here.
CREATE OR REPLACE FUNCTION workspace_model_rename_give_back(workspace uuid) RETURNS bigint LANGUAGE plpgsql AS $give_back$
#variable_conflict use_variable
DECLARE
  place tid;
  names text;
  given bigint;
BEGIN
  SELECT ctid INTO place FROM workspace_model_rename_superseded
  WHERE workspace_id = workspace AND why_not_given_back IS NULL
  ORDER BY updated_at DESC NULLS LAST, ctid DESC LIMIT 1 FOR UPDATE;
  IF place IS NULL THEN RETURN 0; END IF;
  SELECT string_agg(format('%I', s.attname), ', ') INTO names
  FROM pg_attribute s JOIN pg_attribute k ON k.attname = s.attname AND NOT k.attisdropped
  WHERE s.attrelid = 'workspace_secrets'::regclass AND k.attrelid = 'workspace_model_rename_superseded'::regclass
    AND s.attnum > 0 AND NOT s.attisdropped AND s.attgenerated = '';
  SET CONSTRAINTS ALL IMMEDIATE;
  EXECUTE format(
    'INSERT INTO workspace_secrets (%1$s) OVERRIDING SYSTEM VALUE
     SELECT %1$s FROM workspace_model_rename_superseded WHERE ctid = $1 ON CONFLICT (workspace_id, key) DO NOTHING', names
  ) USING place;
  GET DIAGNOSTICS given = ROW_COUNT;
  IF given = 1 THEN
    DELETE FROM workspace_model_rename_superseded WHERE ctid = place;
  ELSIF NOT EXISTS (SELECT FROM workspace_secrets WHERE workspace_id = workspace AND key = 'MODEL_PROVIDER') THEN
    RAISE 'a trigger or rule of workspace_secrets keeps the row out';
  END IF;
  RETURN given;
EXCEPTION WHEN OTHERS THEN
  IF SQLSTATE ~ '^(40|53|55P03|57|58|XX)' THEN RAISE; END IF;
  UPDATE workspace_model_rename_superseded SET why_not_given_back = format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE)
  WHERE ctid = place;
  RETURN 0;
END
$give_back$;

-- A MODEL row that was there before and holds the same pick stays, and the row it had superseded comes back beside it.
-- Its updated_at says nothing: a trigger moves it with any change, such as a new column that is filled. Every other MODEL
-- row is the workspace's pick by now and takes the old name, unless that is taken again: since the constraint is gone, the old
-- code may have set a later pick under it. The MODEL row is then what that code would have overwritten, and goes; beside the
-- later pick it would win in the next rename. A superseded row that came back is no later pick, whatever its updated_at,
-- nor is a row of before that an unfinished rename did not come to.
-- A pick may be set meanwhile and its row move to a page that the walk has behind it: the sweep meets that.
-- @walk workspace_secrets
-- @swept
WITH model AS MATERIALIZED (
  SELECT place, workspace_id, untouched, NOT untouched AND older IS NULL AS movable, NOT untouched AND older IS TRUE AND (
    SELECT true FROM workspace_model_rename_journal k
    WHERE k.kind = 'superseded' AND k.workspace_id = judged.workspace_id AND k.id = (
      SELECT o.id FROM workspace_secrets o WHERE o.workspace_id = judged.workspace_id AND o.key = 'MODEL_PROVIDER' LIMIT 1
    ) LIMIT 1
  ) IS NULL AND ((
    SELECT true FROM workspace_model_rename_journal k WHERE k.kind = 'renamed' AND k.id = judged.id LIMIT 1
  ) IS NOT NULL OR (
    SELECT true FROM workspace_secrets o
    WHERE o.workspace_id = judged.workspace_id AND o.key = 'MODEL_PROVIDER' AND o.updated_at >= (
      SELECT started_at FROM workspace_model_migrations WHERE version = '20260519000000'
    ) LIMIT 1
  ) IS NOT NULL) AS outdated
  FROM (
    SELECT s.ctid AS place, s.id, s.workspace_id, (
      SELECT (s.updated_at > o.updated_at) IS NOT TRUE FROM workspace_secrets o
      WHERE o.workspace_id = s.workspace_id AND o.key = 'MODEL_PROVIDER' LIMIT 1
    ) AS older, (
      SELECT true FROM workspace_model_rename_journal k
      WHERE k.kind = 'kept' AND k.id = s.id AND k.encrypted_value IS NOT DISTINCT FROM s.encrypted_value
        AND k.encryption_version IS NOT DISTINCT FROM s.encryption_version LIMIT 1
    ) IS NOT NULL AS untouched
    FROM workspace_secrets s
    WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL'
      AND EXISTS (SELECT FROM workspace_model_rename_journal WHERE kind = 'all kept')
  ) AS judged
), restored AS MATERIALIZED (
  SELECT workspace_model_rename_give_back(workspace_id) AS rows FROM model m
  WHERE untouched AND (
    SELECT true FROM workspace_model_rename_superseded k WHERE k.workspace_id = m.workspace_id LIMIT 1
  ) IS NOT NULL
), locked AS MATERIALIZED (
  SELECT s.ctid AS place, m.movable
  FROM model m JOIN workspace_secrets s ON s.ctid = m.place
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND (m.movable OR m.outdated)
  FOR UPDATE OF s SKIP LOCKED
), moved AS (
  UPDATE workspace_secrets s SET key = 'MODEL_PROVIDER'
  FROM locked l
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND s.ctid = l.place AND l.movable
  RETURNING s.id
), removed AS (
  DELETE FROM workspace_secrets s
  USING locked l
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND s.ctid = l.place AND NOT l.movable
  RETURNING s.id
), done AS (
  SELECT id FROM moved UNION ALL SELECT id FROM removed
), suppressed AS (
  SELECT CAST(s.workspace_id AS text) AS workspace FROM locked l JOIN workspace_secrets s ON s.ctid = l.place
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL' AND s.id NOT IN (SELECT id FROM done)
)
SELECT
  (SELECT coalesce(sum(rows), 0) FROM restored) + (SELECT count(*) FROM done) AS changed,
  (SELECT count(*) FROM model WHERE movable OR outdated) - (SELECT count(*) FROM done) AS skipped,
  CASE WHEN (SELECT count(*) FROM locked) > (SELECT count(*) FROM done)
    THEN (SELECT count(*) FROM suppressed) ELSE 0 END AS suppressed,
  CASE WHEN (SELECT count(*) FROM locked) > (SELECT count(*) FROM done)
    THEN (SELECT min(workspace) FROM suppressed) END AS suppressed_workspace;

-- The defaults that the columns were given, and still have: the platform may have set one of its own since.
-- @alters workspace_secrets
DO $defaults$
DECLARE
  given text;
BEGIN
  FOR given IN
    SELECT a.attname FROM workspace_model_rename_journal j
    JOIN pg_attribute a ON j.kind = 'default of ' || a.attname
    JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = 'workspace_secrets'::regclass
      AND replace(pg_get_expr(d.adbin, d.adrelid), '"', '') IN ('now()', 'gen_random_uuid()', '(gen_random_uuid())::text')
  LOOP
    EXECUTE format('ALTER TABLE workspace_secrets ALTER COLUMN %I DROP DEFAULT', given);
  END LOOP;
END
$defaults$;

DROP FUNCTION IF EXISTS workspace_model_rename_give_back;

-- The table goes with the rows that a later pick has superseded for good, and stays with those that could not be given back.
-- @alters workspace_model_rename_superseded
DO $superseded$
BEGIN
  DELETE FROM workspace_model_rename_superseded WHERE why_not_given_back IS NULL;
  IF NOT EXISTS (SELECT FROM workspace_model_rename_superseded) THEN
    DROP TABLE workspace_model_rename_superseded;
  END IF;
END
$superseded$;

-- @alters workspace_model_rename_journal
DROP TABLE workspace_model_rename_journal;

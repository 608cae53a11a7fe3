-- Why: the row that holds a workspace's model was keyed MODEL_PROVIDER. Tools took the name at its word and stored
-- provider slugs under it, which reached machines as if they were models. The key is MODEL from here on.
--
-- Each statement is one step; docs/rename.md explains the directives. A step under "@walk <table>" runs over the pages of
-- the table part by part, from $1 to below $2 (tid), again and again until a whole pass skips nothing, and returns
-- (changed, skipped, suppressed, suppressed_workspace): the last two say what was locked and did not change all the same.
-- Pages, not keys, because there is no index on "key": so each part is bounded and read once. Every mention of
-- the table says which part, and what is looked up for a row is "LIMIT 1", which the planner cannot turn into a join:
-- otherwise it may read the whole table for each part.
-- Each step also works on what an undo has half taken back, so that a version that is being undone can turn round.
-- @supersedes 9ae0deaeffb1016a547a4e8f03a5b3c8ec8faba86758c4b312db69636fe974dd
-- @supersedes 43777c22a03e75b45f75b660a4636d2838723a8bec29d43e48823b3e40b1e532
-- @supersedes a55c25bf94f1170192dbea538d48caa757a0bee2eb93d616bbeadb8841efc484

-- What the table was before, as far as an undo must know it. A renamed row needs no copy: undone, it is the same row.
-- kind is 'kept', 'all kept', 'renamed', 'superseded' or 'default of <column>'.
CREATE TABLE IF NOT EXISTS workspace_model_rename_journal AS
SELECT CAST(NULL AS text) AS kind, id, workspace_id, encrypted_value, encryption_version, created_at, updated_at
FROM workspace_secrets WITH NO DATA;

-- Where a publication has all tables of the database or the schema, rows of a table without a key change only so.
ALTER TABLE workspace_model_rename_journal REPLICA IDENTITY FULL;

CREATE UNIQUE INDEX IF NOT EXISTS workspace_model_rename_journal_kept
  ON workspace_model_rename_journal (kind, id) WHERE kind IN ('kept', 'all kept');

-- Superseded rows, whole: with every column that the table has. What an undo could not give back stays in it for good.
CREATE TABLE IF NOT EXISTS workspace_model_rename_superseded AS SELECT * FROM workspace_secrets WITH NO DATA;

ALTER TABLE workspace_model_rename_superseded
  ADD COLUMN IF NOT EXISTS why_not_given_back text, REPLICA IDENTITY FULL;

CREATE INDEX IF NOT EXISTS workspace_model_rename_superseded_workspace
  ON workspace_model_rename_superseded (workspace_id);

-- Rows that an undo has already given back are no longer renamed or superseded.
WITH restored AS (
  DELETE FROM workspace_model_rename_superseded k
  WHERE EXISTS (SELECT FROM workspace_secrets s WHERE s.id = k.id AND s.key = 'MODEL_PROVIDER')
)
DELETE FROM workspace_model_rename_journal j
WHERE j.kind IN ('renamed', 'superseded')
  AND EXISTS (SELECT FROM workspace_secrets s WHERE s.id = j.id AND s.key = 'MODEL_PROVIDER');

-- Where that undo turns round, the next one tries again. Rows of an undo that was finished are in no journal any more.
UPDATE workspace_model_rename_superseded k SET why_not_given_back = NULL
WHERE why_not_given_back IS NOT NULL
  AND EXISTS (SELECT FROM workspace_model_rename_journal j WHERE j.kind = 'superseded' AND j.id = k.id);

-- From here on this service writes MODEL rows, and leaves these three columns to their defaults. Tables that an ORM has
-- made may have none.
-- @alters workspace_secrets
DO $defaults$
DECLARE
  lacking record;
BEGIN
  FOR lacking IN
    SELECT a.attname AS name, CASE
      WHEN a.attname <> 'id' THEN 'now()'
      WHEN a.atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
      ELSE 'CAST(gen_random_uuid() AS text)'
    END AS value
    FROM pg_attribute a
    WHERE a.attrelid = 'workspace_secrets'::regclass AND NOT a.attisdropped AND NOT a.atthasdef AND a.attidentity = ''
      AND (a.attname = 'id' AND a.atttypid IN ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype)
        OR a.attname IN ('created_at', 'updated_at') AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype))
  LOOP
    EXECUTE format('ALTER TABLE workspace_secrets ALTER COLUMN %I SET DEFAULT %s', lacking.name, lacking.value);
    INSERT INTO workspace_model_rename_journal (kind) VALUES ('default of ' || lacking.name);
  END LOOP;
END
$defaults$;

-- From now on the old name is refused, and the refusal's name says what to do. It comes before the rows are renamed: a
-- pick written under the old name behind the runner's back would lose against the renamed one. NOT VALID takes the
-- table for an instant only, since it does not look at the rows that are there.
-- @alters workspace_secrets
ALTER TABLE workspace_secrets
  DROP CONSTRAINT IF EXISTS "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead",
  ADD CONSTRAINT "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead" CHECK (key <> 'MODEL_PROVIDER') NOT VALID;

-- A run that did not come this far may be long ago, and picks set since then are of before, too.
UPDATE workspace_model_migrations SET started_at = clock_timestamp()
WHERE version = '20260519000000' AND NOT EXISTS (SELECT FROM workspace_model_rename_journal WHERE kind = 'all kept');

-- The MODEL rows that were there before, as they were: an undo leaves those that nobody wrote since where they are.
-- A pick that is set while this walks is none of them, or the old code would not see it after an undo.
-- A row may move to a page that the walk has behind it, or that it does not come to: the sweep meets that.
-- @walk workspace_secrets
-- @swept
WITH journaled AS (
  INSERT INTO workspace_model_rename_journal
  SELECT 'kept', id, workspace_id, encrypted_value, encryption_version, created_at, updated_at
  FROM workspace_secrets
  WHERE ctid >= $1 AND ctid < $2 AND key = 'MODEL' AND (
    updated_at BETWEEN (SELECT started_at FROM workspace_model_migrations WHERE version = '20260519000000')
                   AND clock_timestamp()
  ) IS NOT TRUE AND NOT EXISTS (SELECT FROM workspace_model_rename_journal WHERE kind = 'all kept')
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT count(*) AS changed, 0 AS skipped FROM journaled;

-- Until this row stands, no row has been renamed, so an undo has none to rename back.
INSERT INTO workspace_model_rename_journal (kind) VALUES ('all kept');

-- Keeps a superseded row with the columns that workspace_secrets has by now: the platform may add one at any time.
CREATE OR REPLACE FUNCTION workspace_model_rename_set_aside(gone anyelement) RETURNS void LANGUAGE plpgsql AS $set_aside$
DECLARE
  added text;
  names text;
  vals text;
BEGIN
  SELECT string_agg(format('ADD COLUMN %I %s', s.attname, format_type(s.atttypid, s.atttypmod)), ', ') INTO added
  FROM pg_attribute s
  WHERE s.attrelid = 'workspace_secrets'::regclass AND s.attnum > 0 AND NOT s.attisdropped AND NOT EXISTS (
    SELECT FROM pg_attribute k
    WHERE k.attrelid = 'workspace_model_rename_superseded'::regclass AND k.attname = s.attname
  );
  IF added IS NOT NULL THEN
    EXECUTE 'ALTER TABLE workspace_model_rename_superseded ' || added;
  END IF;
  SELECT string_agg(format('%I', attname), ', '), string_agg(format('($1).%I', attname), ', ') INTO names, vals
  FROM pg_attribute WHERE attrelid = 'workspace_secrets'::regclass AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('INSERT INTO workspace_model_rename_superseded (%s) SELECT %s', names, vals) USING gone;
END
$set_aside$;

-- The rename. Where the workspace has a MODEL row, that one wins and the legacy row moves into the journal whole.
-- Rows that somebody has locked are skipped and met again in the next pass.
-- @walk workspace_secrets
WITH locked AS MATERIALIZED (
  SELECT ctid AS place, (
    SELECT true FROM workspace_secrets m WHERE m.workspace_id = s.workspace_id AND m.key = 'MODEL' LIMIT 1
  ) IS NOT NULL AS superseded
  FROM workspace_secrets s
  WHERE ctid >= $1 AND ctid < $2 AND key = 'MODEL_PROVIDER'
  FOR UPDATE SKIP LOCKED
), renamed AS (
  UPDATE workspace_secrets s SET key = 'MODEL'
  FROM locked l
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL_PROVIDER' AND s.ctid = l.place AND NOT l.superseded
  RETURNING s.id, s.workspace_id
), superseded AS (
  DELETE FROM workspace_secrets s
  USING locked l
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL_PROVIDER' AND s.ctid = l.place AND l.superseded
  RETURNING s.id, s.workspace_id, s.encrypted_value, s.encryption_version, s.created_at, s.updated_at, CAST(s.* AS workspace_secrets) AS gone
), whole AS MATERIALIZED (
  SELECT s.*, workspace_model_rename_set_aside(gone) FROM superseded s
), journaled AS (
  INSERT INTO workspace_model_rename_journal
  SELECT 'renamed', id, workspace_id, NULL, NULL, NULL, NULL FROM renamed
  UNION ALL
  SELECT 'superseded', id, workspace_id, encrypted_value, encryption_version, created_at, updated_at FROM whole
  RETURNING id
), suppressed AS (
  SELECT CAST(s.workspace_id AS text) AS workspace FROM locked l JOIN workspace_secrets s ON s.ctid = l.place
  WHERE s.ctid >= $1 AND s.ctid < $2 AND s.key = 'MODEL_PROVIDER' AND s.id NOT IN (SELECT id FROM journaled)
), legacy AS (
  SELECT count(*) AS rows FROM workspace_secrets WHERE ctid >= $1 AND ctid < $2 AND key = 'MODEL_PROVIDER'
)
SELECT done AS changed, (SELECT rows FROM legacy) - done AS skipped,
  CASE WHEN (SELECT count(*) FROM locked) > done THEN (SELECT count(*) FROM suppressed) ELSE 0 END AS suppressed,
  CASE WHEN (SELECT count(*) FROM locked) > done THEN (SELECT min(workspace) FROM suppressed) END AS suppressed_workspace
FROM (SELECT count(*) AS done FROM journaled) AS counted;

-- Looks at every row, under a lock that lets reads and writes go on, and so proves that no legacy row is left.
-- @alters workspace_secrets
-- @proves
ALTER TABLE workspace_secrets VALIDATE CONSTRAINT "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead";

DROP FUNCTION IF EXISTS workspace_model_rename_set_aside;

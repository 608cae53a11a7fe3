-- Why: the row that holds a workspace's model was keyed MODEL_PROVIDER. Tools took the name at its word and stored
-- provider slugs under it, which reached machines as if they were models. The key is MODEL from here on.
--
-- Each statement is one step. A step under "@walk <table>" is carried out over the pages of the table part by part, from
-- $1 to below $2 (tid), again and again until a whole pass skips nothing, and returns (changed, skipped). A step under
-- "@alters <table>" has autovacuum make way for its lock.
-- Pages, not keys, because there is no index on "key": so each part is bounded and read once. Every mention of
-- the table says which part, and what is looked up for a row is "LIMIT 1", which the planner cannot turn into a join:
-- otherwise it may read the whole table for each part.

-- What the table was before, as far as an undo must know it. A renamed row needs no copy: undone, it is the same row.
CREATE TABLE workspace_model_rename_journal (
  kind text NOT NULL CHECK (kind IN ('kept', 'all kept', 'renamed', 'superseded')),
  id uuid,
  workspace_id uuid,
  encrypted_value bytea,
  encryption_version int,
  created_at timestamptz,
  updated_at timestamptz
);

CREATE UNIQUE INDEX workspace_model_rename_journal_kept
  ON workspace_model_rename_journal (kind, id) WHERE kind IN ('kept', 'all kept');

CREATE INDEX workspace_model_rename_journal_superseded
  ON workspace_model_rename_journal (workspace_id) WHERE kind = 'superseded';

-- From now on the old name is refused, and the refusal's name says what to do. It comes before the rows are renamed: a
-- pick written under the old name behind the runner's back would lose against the renamed one. NOT VALID takes the
-- table for an instant only, since it does not look at the rows that are there.
-- @alters workspace_secrets
ALTER TABLE workspace_secrets
  ADD CONSTRAINT "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead" CHECK (key <> 'MODEL_PROVIDER') NOT VALID;

-- The MODEL rows that were there before, as they were: an undo leaves those that nobody wrote since where they are.
-- A pick that is set while this walks is none of them, or the old code would not see it after an undo.
-- @walk workspace_secrets
WITH journaled AS (
  INSERT INTO workspace_model_rename_journal
  SELECT 'kept', id, workspace_id, encrypted_value, encryption_version, created_at, updated_at
  FROM workspace_secrets
  WHERE ctid >= $1 AND ctid < $2 AND key = 'MODEL' AND (
    updated_at BETWEEN (SELECT started_at FROM workspace_model_migrations WHERE version = '20260519000000')
                   AND clock_timestamp()
  ) IS NOT TRUE
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT count(*) AS changed, 0 AS skipped FROM journaled;

-- Until this row stands, no row has been renamed, so an undo has none to rename back.
INSERT INTO workspace_model_rename_journal (kind) VALUES ('all kept');

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
  RETURNING s.*
), journaled AS (
  INSERT INTO workspace_model_rename_journal (kind, id, workspace_id, encrypted_value, encryption_version, created_at, updated_at)
  SELECT 'renamed', id, workspace_id, NULL, NULL, NULL, NULL FROM renamed
  UNION ALL
  SELECT 'superseded', id, workspace_id, encrypted_value, encryption_version, created_at, updated_at FROM superseded
  RETURNING 1
), legacy AS (
  SELECT count(*) AS rows FROM workspace_secrets WHERE ctid >= $1 AND ctid < $2 AND key = 'MODEL_PROVIDER'
)
SELECT count(*) AS changed, (SELECT rows FROM legacy) - count(*) AS skipped FROM journaled;

-- Looks at every row, under a lock that lets reads and writes go on.
-- @alters workspace_secrets
ALTER TABLE workspace_secrets VALIDATE CONSTRAINT "key_MODEL_PROVIDER_was_renamed_write_key_MODEL_instead";

-- Why: nobody could say who had set a wrong pick. The statement that saves or clears a pick adds an entry here: who did it
-- and, encrypted as it was stored, what was saved. It sees only what goes through this service.
-- Each step also works on what an undo has half taken back, so that a version that is being undone can turn round.
-- @supersedes d49fdc3ba26e079f29364b2bbb0a85f5c27acc399802b387fe36529a644647c2

-- A deleted workspace takes its history along. The reference takes a lock on "workspaces" for an instant.
-- @alters workspaces
CREATE TABLE IF NOT EXISTS workspace_model_history (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL CHECK (action IN ('saved', 'cleared')),
  actor text NOT NULL,
  encrypted_value bytea,
  encryption_version int,
  PRIMARY KEY (workspace_id, id),
  CHECK ((action = 'saved') = (encrypted_value IS NOT NULL AND encryption_version IS NOT NULL))
);

-- At most 50 entries a workspace. The API's user may add entries and not remove any, so the owner's right does it. The
-- table is named in full and nothing but PostgreSQL's own functions is on the path: a function with its owner's rights
-- must not be led to a temporary table of the same name.
CREATE OR REPLACE FUNCTION workspace_model_history_keep_50() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $keep$
BEGIN
  EXECUTE format(
    'DELETE FROM %1$s h WHERE h.workspace_id = $1 AND h.id <= (
       SELECT k.id FROM %1$s k WHERE k.workspace_id = $1 ORDER BY k.id DESC OFFSET 50 LIMIT 1)',
    CAST(TG_RELID AS regclass)
  ) USING NEW.workspace_id;
  RETURN NULL;
END
$keep$;

DROP TRIGGER IF EXISTS workspace_model_history_keep_50 ON workspace_model_history;

CREATE TRIGGER workspace_model_history_keep_50 AFTER INSERT ON workspace_model_history
FOR EACH ROW EXECUTE FUNCTION workspace_model_history_keep_50();

-- A deploy grants the API's user its rights. After an undo by hand, an "up" by hand has to give them back: that user is
-- whoever may read the state of a version, for which nobody else has a use.
DO $grants$
DECLARE
  api_user name;
BEGIN
  FOR api_user IN
    SELECT DISTINCT r.rolname
    FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) AS acl JOIN pg_roles r ON r.oid = acl.grantee
    WHERE a.attrelid = 'workspace_model_migrations'::regclass AND a.attname = 'state'
  LOOP
    EXECUTE format(
      'GRANT SELECT, INSERT (workspace_id, action, actor, encrypted_value, encryption_version)
       ON workspace_model_history TO %I', api_user);
  END LOOP;
END
$grants$;

-- Why: this service joins a database whose tables the platform has made long ago, or starts on an empty one.
-- It adopts what is there and creates what is missing, so that later migrations can rely on both tables. A table that is
-- found anywhere on the search_path is there: CREATE TABLE IF NOT EXISTS alone would look into its first schema only, and
-- an empty table there would hide the platform's own.
-- @supersedes 3505dcee10f2f600fdb4e38d4200919eccbba454fa98d9ac9597dc15654251cf

DO $baseline$
BEGIN
  IF to_regclass('workspaces') IS NULL THEN
    CREATE TABLE workspaces (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      name text NOT NULL,
      runtime text DEFAULT 'langgraph',
      status text,
      created_at timestamptz DEFAULT now(),
      updated_at timestamptz DEFAULT now()
    );
  END IF;
  IF to_regclass('workspace_secrets') IS NULL THEN
    CREATE TABLE workspace_secrets (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      workspace_id uuid REFERENCES workspaces (id),
      key text NOT NULL,
      encrypted_value bytea NOT NULL,
      encryption_version int NOT NULL DEFAULT 0,
      created_at timestamptz DEFAULT now(),
      updated_at timestamptz DEFAULT now(),
      UNIQUE (workspace_id, key)
    );
  END IF;
END
$baseline$;

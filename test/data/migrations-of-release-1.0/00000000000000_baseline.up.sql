-- Why: this service joins a database whose tables the platform has made long ago, or starts on an empty one.
-- It adopts what is there and makes what is missing, so that later migrations can rely on both tables.

CREATE TABLE IF NOT EXISTS workspaces (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  runtime text DEFAULT 'langgraph',
  status text,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS workspace_secrets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  workspace_id uuid REFERENCES workspaces (id),
  key text NOT NULL,
  encrypted_value bytea NOT NULL,
  encryption_version int NOT NULL DEFAULT 0,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz DEFAULT now(),
  UNIQUE (workspace_id, key)
);

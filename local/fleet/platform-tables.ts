// The platform's own tables, as they are wherever this service joins it, with a few of the columns it does not care for.

export const PLATFORM_TABLES = `
  CREATE TABLE workspaces (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    runtime text DEFAULT 'langgraph',
    status text,
    tier text DEFAULT 'standard',
    budget_limit numeric(12, 2),
    config jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
  );
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
  CREATE TABLE schema_migrations (filename text PRIMARY KEY, applied_at timestamptz DEFAULT now());
  INSERT INTO schema_migrations (filename) VALUES ('0001_workspaces.up.sql'), ('0002_workspace_secrets.up.sql');
`;

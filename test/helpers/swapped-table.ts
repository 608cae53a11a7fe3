// A platform that puts another table in the place of one of its two, as some change the type of a column.
import type { TestStack } from './local-stack.ts';

/** The rows are copied; the table before stays as `secrets_before`. */
export const swapSecrets = async ({ sql }: TestStack): Promise<void> => {
  await sql(`
    ALTER TABLE workspace_secrets RENAME TO secrets_before;
    CREATE TABLE workspace_secrets (LIKE secrets_before INCLUDING ALL);
    ALTER TABLE workspace_secrets ALTER COLUMN key TYPE varchar(40),
      ADD FOREIGN KEY (workspace_id) REFERENCES workspaces (id);
    INSERT INTO workspace_secrets TABLE secrets_before;`);
};

/** Likewise; the table before stays as `workspaces_before`. */
export const swapWorkspaces = async ({ sql }: TestStack): Promise<void> => {
  await sql(`
    ALTER TABLE workspaces RENAME TO workspaces_before;
    CREATE TABLE workspaces (LIKE workspaces_before INCLUDING ALL);
    INSERT INTO workspaces TABLE workspaces_before;
    ALTER TABLE workspace_secrets DROP CONSTRAINT workspace_secrets_workspace_id_fkey,
      ADD FOREIGN KEY (workspace_id) REFERENCES workspaces (id);`);
};

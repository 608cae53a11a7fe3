-- Why: the API's user could read, change and remove the rows of every key, a workspace's other secrets among them. From here
-- on its statements go through a view of the picks alone, and it needs no right on the table.

-- security_barrier: a condition of the statement sees no row that is not a pick, not even to fail on its value. The key is the
-- view's default, which the API's user may not give: an INSERT that met the row of another key would see that by its
-- ON CONFLICT, behind the barrier.
-- A view is bound to a table and not to its name. So the other view says to which one, for the statements to compare.
-- Made anew and not replaced, since that keeps the types of columns: a table that was swapped may have others. In one
-- statement with the rights, so that nobody meets the views without them. A deploy grants the API's user its rights, but not
-- an "up" by hand: that user is whoever may read the state of a version, for which nobody else has a use.
DO $picks$
DECLARE
  api_user name;
BEGIN
  DROP VIEW IF EXISTS workspace_model_picks, workspace_model_picks_table;
  CREATE VIEW workspace_model_picks WITH (security_barrier) AS
    SELECT workspace_id, key, encrypted_value, encryption_version, updated_at FROM workspace_secrets WHERE key = 'MODEL'
    WITH CHECK OPTION;
  ALTER VIEW workspace_model_picks ALTER COLUMN key SET DEFAULT 'MODEL';
  CREATE VIEW workspace_model_picks_table AS SELECT CAST('workspace_secrets' AS regclass) AS stands_on;
  FOR api_user IN
    SELECT DISTINCT r.rolname
    FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) AS acl JOIN pg_roles r ON r.oid = acl.grantee
    WHERE a.attrelid = 'workspace_model_migrations'::regclass AND a.attname = 'state'
  LOOP
    EXECUTE format(
      'GRANT SELECT, DELETE, INSERT (workspace_id, encrypted_value, encryption_version),
         UPDATE (encrypted_value, encryption_version, updated_at) ON workspace_model_picks TO %1$I;
       GRANT SELECT ON workspace_model_picks_table TO %1$I', api_user);
  END LOOP;
END
$picks$;

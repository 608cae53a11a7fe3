// The database user that get, set and provision work as: rights on what their statements need, and nothing else.

import { guard, literal } from './atomic-call.ts';
import { type Execute, text, textOrNull } from './client.ts';

/** Since version 16 the right to make users is not yet one to change those that somebody else has made. */
const MISSING_RIGHT = `
  SELECT CASE
    WHEN me.rolsuper THEN NULL
    WHEN NOT me.rolcreaterole THEN format('ALTER ROLE %I CREATEROLE', me.rolname)
    WHEN current_setting('server_version_num')::int >= 160000
      AND NOT pg_has_role(made.oid, 'MEMBER WITH ADMIN OPTION')
      THEN format('GRANT %I TO %I WITH ADMIN OPTION', made.rolname, me.rolname)
  END
  FROM pg_roles me LEFT JOIN pg_roles made ON made.rolname = :api_user
  WHERE me.rolname = current_user`;

/** The statement without which the user at hand may not make or change the API's user, or nothing where it may. */
export const missingRight = async (execute: Execute, apiUser: string): Promise<string | undefined> => {
  const parameters = [{ name: 'api_user', value: { stringValue: apiUser } }];
  const { rows } = await execute({ sql: MISSING_RIGHT, parameters });
  return textOrNull(rows[0]?.[0]) ?? undefined;
};

/** What everybody has until somebody takes it from PUBLIC. */
const missingGrantsSql = (apiUser: string): string => `
  SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${literal(apiUser)}) AS statement
  WHERE NOT has_database_privilege(${literal(apiUser)}, current_database(), 'CONNECT')
  UNION
  SELECT format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, ${literal(apiUser)})
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid IN ('workspaces'::regclass, 'workspace_secrets'::regclass)
    AND NOT has_schema_privilege(${literal(apiUser)}, n.oid, 'USAGE')`;

/** Statements that only somebody with more rights can run, without which the API's user reaches no table. */
export const missingGrants = async (execute: Execute, apiUser: string): Promise<string[]> => {
  const { rows } = await execute({ sql: missingGrantsSql(apiUser) });
  return rows.map(([statement]) => text(statement));
};

/**
 * Makes the user or gives it its password, sent as a SCRAM verifier; grants are renewed. PostgreSQL only warns where the
 * user at hand may not grant what was taken from the public: `missingGrants` has the rest. Harmless twice.
 */
export const grantApiUser = async (
  execute: Execute,
  apiUser: string,
  scramVerifier: string,
): Promise<void> => {
  const statements = `
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(apiUser)}) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', ${literal(apiUser)});
  END IF;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', ${literal(apiUser)}, ${literal(scramVerifier)});
  EXECUTE format('GRANT SELECT (id) ON workspaces TO %I', ${literal(apiUser)});
  EXECUTE format(
    'GRANT SELECT (workspace_id, key, encrypted_value, encryption_version),
           INSERT (workspace_id, key, encrypted_value, encryption_version),
           UPDATE (encrypted_value, encryption_version, updated_at),
           DELETE ON workspace_secrets TO %I', ${literal(apiUser)});
  FOR missing IN ${missingGrantsSql(apiUser)} LOOP
    EXECUTE missing;
  END LOOP;`;
  await execute({ sql: guard(statements, 'missing text;') });
};

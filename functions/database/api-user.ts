// The database user that get, set and provision work as: rights on what their statements need, and nothing else.
import type { CallMeter, Execute } from './client.ts';
import { guard, literal } from './guard.ts';

/** Makes the user or gives it its password, sent as a SCRAM verifier; grants are renewed. Harmless twice. */
export const grantApiUser = async (
  execute: Execute,
  user: string,
  scramVerifier: string,
  meter: CallMeter,
): Promise<void> => {
  const statements = `
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(user)}) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', ${literal(user)});
  END IF;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', ${literal(user)}, ${literal(scramVerifier)});
  EXECUTE format('GRANT SELECT (id) ON workspaces TO %I', ${literal(user)});
  EXECUTE format(
    'GRANT SELECT (workspace_id, key, encrypted_value, encryption_version),
           INSERT (workspace_id, key, encrypted_value, encryption_version),
           UPDATE (encrypted_value, encryption_version, updated_at),
           DELETE ON workspace_secrets TO %I', ${literal(user)});`;
  await execute({ sql: guard(statements) }, meter);
};

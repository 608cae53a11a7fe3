// The database user that get, set and provision work as: its role, its password and its grants.
import * as z from 'zod/mini';
import { atomicCall, literal } from './atomic-call.ts';
import { LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from './attempts.ts';
import type { Execute } from './client.ts';
import { grantsSql } from './grants.ts';
import { queryRows } from './rows.ts';

/** PostgreSQL 16 and later: CREATEROLE alone may not alter roles that another role created. */
const missingRightSql = (apiUser: string): string => `
  SELECT CASE
    WHEN me.rolsuper THEN NULL
    WHEN NOT me.rolcreaterole THEN format('ALTER ROLE %I CREATEROLE', me.rolname)
    WHEN current_setting('server_version_num')::int >= 160000
      AND NOT pg_has_role(made.oid, 'MEMBER WITH ADMIN OPTION')
      THEN format('GRANT %I TO %I WITH ADMIN OPTION', made.rolname, me.rolname)
  END AS statement
  FROM pg_roles me LEFT JOIN pg_roles made ON made.rolname = ${literal(apiUser)}
  WHERE me.rolname = current_user`;

const Statement = z.object({ statement: z.nullable(z.string()) });

/** The statement without which the owner may not make or change the API's user, or nothing where it may. */
export const missingRight = async (execute: Execute, apiUser: string): Promise<string | undefined> => {
  const [row] = await queryRows(execute, Statement, { sql: missingRightSql(apiUser) });
  return row?.statement ?? undefined;
};

const GrantStatements = z.object({ granting: z.string(), revoking: z.string() });

/** Grants that do not stand, each with the statement that takes it back. */
export const missingGrants = (
  execute: Execute,
  apiUser: string,
): Promise<z.infer<typeof GrantStatements>[]> =>
  queryRows(execute, GrantStatements, {
    sql: `SELECT granting, revoking FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted`,
  });

/**
 * Makes the user or gives it its password, sent as a SCRAM verifier, and its time-outs; grants what is missing. PostgreSQL only warns
 * where the owner may not grant what was revoked from PUBLIC: `missingGrants` has the rest. Harmless twice.
 */
export const grantApiUser = async (
  execute: Execute,
  apiUser: string,
  scramVerifier: string,
): Promise<void> => {
  const body = `
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(apiUser)}) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', ${literal(apiUser)});
  END IF;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', ${literal(apiUser)}, ${literal(scramVerifier)});
  EXECUTE format('ALTER ROLE %I SET lock_timeout = ${LOCK_TIMEOUT_MS}', ${literal(apiUser)});
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ${STATEMENT_TIMEOUT_MS}', ${literal(apiUser)});
  FOR statement IN SELECT granting FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted LOOP
    EXECUTE statement;
  END LOOP;`;
  await execute({ sql: atomicCall(body, 'statement text;') });
};

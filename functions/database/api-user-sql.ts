// The database user that the request functions work as: its role, its password and its grants.
import * as z from 'zod/mini';
import { atomicCall, literal, runEach } from './atomic-call.ts';
import { WRITE_LOCK_TIMEOUT_MS, WRITE_STATEMENT_TIMEOUT_MS } from './attempts.ts';
import type { Execute } from './client.ts';
import { firstRow } from './fields.ts';
import { grantsSql, revokeTableSql } from './grants.ts';
import { REVOKE_PUBLIC_DEFAULTS } from './own-objects.ts';
import { queryRows } from './rows.ts';

/**
 * PostgreSQL 16 and later: CREATEROLE alone may not alter roles that another role created. A hardened RDS cluster lets only
 * members of rds_password set passwords.
 */
const obstaclesSql = (apiUser: string): string => `
  SELECT CASE
    WHEN me.rolsuper THEN NULL
    WHEN NOT me.rolcreaterole THEN format('ALTER ROLE %I CREATEROLE', me.rolname)
    WHEN current_setting('server_version_num')::int >= 160000
      AND NOT pg_has_role(made.oid, 'MEMBER WITH ADMIN OPTION')
      THEN format('GRANT %I TO %I WITH ADMIN OPTION', made.rolname, me.rolname)
    WHEN current_setting('rds.restrict_password_commands', true) IN ('on', '1', 'true')
      AND to_regrole('rds_password') IS NOT NULL AND NOT pg_has_role(me.oid, to_regrole('rds_password')::oid, 'MEMBER')
      THEN format('GRANT rds_password TO %I', me.rolname)
  END AS statement, EXISTS (
    SELECT FROM pg_shdepend d
    WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = made.oid AND d.classid = 'pg_class'::regclass
      AND (d.deptype = 'o' OR made.rolinherit
        OR to_regclass('workspace_model_migrations') IS NULL AND d.objid = to_regclass('workspace_secrets')
          AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
  ) OR coalesce(made.rolinherit, false) AND EXISTS (SELECT FROM pg_auth_members WHERE member = made.oid) AS "isStranger"
  FROM pg_roles me LEFT JOIN pg_roles made ON made.rolname = ${literal(apiUser)}
  WHERE me.rolname = current_user`;

/** Any number that nobody else uses. Two changes of one role at a time fail: a request may be delivered twice at once. */
const API_USER_LOCK = 20_260_520;

/** What a role or database may have set otherwise, and must not change a result. */
const PINNED_SETTINGS = `('bytea_output', 'hex'), ('standard_conforming_strings', 'on'), ('datestyle', 'ISO, YMD'),
    ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', 'off')`;

const Obstacles = z.object({
  /** Without which the owner may not make or change the user. */
  statement: z.nullable(z.string()),
  /**
   * Whether it is a user of the platform's, with tables, groups, or rights on tables, in whichever database: it would lose its
   * password and its rights. What the service makes owns nothing and is NOINHERIT since its first release. That one gave it
   * rights on the secrets, which say something where the service has never been alone.
   */
  isStranger: z.boolean(),
});

export const readObstacles = async (
  execute: Execute,
  apiUser: string,
): Promise<z.infer<typeof Obstacles> | undefined> => {
  const [obstacles] = await queryRows(execute, Obstacles, { sql: obstaclesSql(apiUser) });
  return obstacles;
};

const ApiUserState = z.object({ exists: z.boolean(), missing: z.string() });

/** What a deploy found of the user: whether it is there, and the statements that take back what it lacks. */
export type ApiUserState = z.infer<typeof ApiUserState>;

export const readApiUserState = async (execute: Execute, apiUser: string): Promise<ApiUserState> => {
  const sql = `
    SELECT to_regrole(quote_ident(${literal(apiUser)})) IS NOT NULL AS exists,
           (SELECT coalesce(string_agg(revoking, '; '), '') FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted) AS missing`;
  return firstRow(await queryRows(execute, ApiUserState, { sql }));
};

/** Takes back what a deploy has given: the grants that were not there before, and the user where it was not. */
export const restoreApiUser = async (
  execute: Execute,
  apiUser: string,
  { exists, missing }: ApiUserState,
): Promise<void> => {
  const body = `
  IF to_regrole(quote_ident(${literal(apiUser)})) IS NULL THEN RETURN; END IF;
  ${runEach(`
    SELECT revoking FROM (${grantsSql(apiUser)}) AS needed
    WHERE granted AND (${literal(exists ? 'true' : 'false')} = 'false' OR revoking = ANY (string_to_array(${literal(missing)}, '; ')))`)}
  ${exists ? '' : dropRoleSql(apiUser)}`;
  await execute({ sql: atomicCall(body) });
};

/**
 * The Data API keeps sessions open, which outlive their user: one of before would find no table for the user of that name
 * that the next deploy makes. To end them takes the user's own rights, which an owner may be unable to give itself.
 */
const dropRoleSql = (apiUser: string): string => `
  BEGIN
    EXECUTE format('GRANT %I TO %I', ${literal(apiUser)}, current_user)
      || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT TRUE' ELSE '' END;
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${literal(apiUser)};
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
  EXECUTE format('DROP ROLE %I', ${literal(apiUser)});`;

/**
 * From PostgreSQL 16 on, a role may be altered only by who has made it. It is to be the tables' owner's, too, and so that of
 * the owner's members, as everything is that the service makes: whoever deploys next may be another one of them.
 */
const shareWithOwnerSql = (apiUser: string): string =>
  runEach(`
      SELECT format('GRANT %I TO %I WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', ${literal(apiUser)}, owner)
      FROM (SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = to_regclass('workspace_secrets')) AS tables
      WHERE owner <> current_user AND current_setting('server_version_num')::int >= 160000`);

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
 * Makes the user or gives it its password, sent as a SCRAM verifier, and its settings; grants what is missing. It finds the
 * tables by the owner's own search_path. PostgreSQL only warns where the owner may not grant what was revoked from PUBLIC:
 * `missingGrants` has the rest. Harmless twice.
 */
export const grantApiUser = async (
  execute: Execute,
  apiUser: string,
  scramVerifier: string,
): Promise<void> => {
  const body = `
  PERFORM pg_advisory_xact_lock(${API_USER_LOCK});
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(apiUser)}) THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', ${literal(apiUser)});
    ${shareWithOwnerSql(apiUser)}
  END IF;
  EXECUTE format('ALTER ROLE %I NOINHERIT', ${literal(apiUser)});
  EXECUTE format('ALTER ROLE %I SET lock_timeout = ${WRITE_LOCK_TIMEOUT_MS}', ${literal(apiUser)});
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ${WRITE_STATEMENT_TIMEOUT_MS}', ${literal(apiUser)});
  FOR setting IN SELECT name, value FROM (VALUES
    ('search_path', (SELECT string_agg(quote_ident(schema), ', ' ORDER BY place)
      FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (schema, place))),
    ${PINNED_SETTINGS}
  ) AS pinned (name, value) LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I = ' || CASE setting.name WHEN 'search_path' THEN '%s' ELSE '%L' END,
      ${literal(apiUser)}, current_database(), setting.name, setting.value);
  END LOOP;
  ${runEach(`SELECT granting FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted`)}
  ${REVOKE_PUBLIC_DEFAULTS}`;
  await execute({ sql: atomicCall(body, 'setting record;') });
  // By itself: PostgreSQL logs a statement that fails, and what could be in the way of this one, such as
  // a lock on the user, is met above. So it waits for its turn without a lock_timeout, which would fail it.
  const password = `
  FOR turn IN 1..100 LOOP
    EXIT WHEN pg_try_advisory_xact_lock(${API_USER_LOCK});
    PERFORM pg_sleep(0.05);
  END LOOP;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', ${literal(apiUser)}, ${literal(scramVerifier)});`;
  await execute({ sql: atomicCall(password) });
};

/**
 * Takes away what release 1.0 has granted: its code reads and writes the table itself, until that of this release is live. A
 * deploy of release 1.0 grants it again.
 */
export const confineApiUser = async (execute: Execute, apiUser: string): Promise<void> => {
  const body = `
  PERFORM pg_advisory_xact_lock(${API_USER_LOCK});
  IF to_regrole(quote_ident(${literal(apiUser)})) IS NULL OR to_regclass('workspace_secrets') IS NULL THEN RETURN; END IF;
  ${revokeTableSql(apiUser)}`;
  await execute({ sql: atomicCall(body) });
};

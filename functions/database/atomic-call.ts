// One call that is one transaction with pinned settings: a DO block. The Data API shares no session between calls, and
// a transaction over several calls would outlive a killed function together with its locks.

/** Also bounds how long later queries queue behind a statement of ours. */
export const LOCK_TIMEOUT_MS = 500;

/** Better no statement than one that does not see all rows of the two tables; what their triggers write to may have its policies. */
const ROW_SECURITY = `CASE WHEN row_security_active(to_regclass('workspaces')) OR row_security_active(to_regclass('workspace_secrets'))
      THEN 'off' ELSE 'on' END`;
/** Settings of role or database must not change what a statement does or how a value is written. */
const PINNED = `PERFORM set_config(name, value, true) FROM (VALUES
    ('lock_timeout', '${LOCK_TIMEOUT_MS}ms'), ('standard_conforming_strings', 'on'), ('bytea_output', 'hex'),
    ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('extra_float_digits', '3'), ('row_security', ${ROW_SECURITY}),
    ('plpgsql.extra_errors', 'none')
  ) AS pinned (name, value);`;
const TAG = '$atomic$';

/**
 * @param body plpgsql statements
 * @param declarations plpgsql variables
 */
export const atomicCall = (body: string, declarations = ''): string => {
  if (body.includes(TAG)) {
    throw new Error(`SQL must not contain ${TAG}.`);
  }
  // A column of the platform may be named like a variable.
  return `DO ${TAG}
#variable_conflict use_variable
DECLARE
  ${declarations}
BEGIN
  ${PINNED}
  ${body}
END
${TAG}`;
};

/** As plpgsql: runs each statement that a query returns. */
export const runEach = (statements: string, onFailure = ''): string => `
  DECLARE
    statement text;
  BEGIN
    FOR statement IN ${statements}
    LOOP
      EXECUTE statement;
    END LOOP;
  ${onFailure}END;`;

/**
 * A string as an SQL literal, since a DO block takes no parameters. A backslash is doubled in an E string, which means
 * the same whether or not standard_conforming_strings is on.
 */
export const literal = (value: string): string => {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
};

/** SQL for plpgsql's EXECUTE. */
export const dollarQuoted = (sql: string, tag: string): string => {
  if (sql.includes(tag)) {
    throw new Error(`SQL must not contain ${tag}.`);
  }
  return `${tag}${sql}${tag}`;
};

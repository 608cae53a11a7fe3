// One call that is one transaction with a short lock_timeout: a DO block. The Data API shares no session between
// calls and a transaction over several calls would outlive a killed function with its locks, so neither can carry it.

/** How long any statement of a migration waits for a lock; so long, too, those queue that come behind it. */
export const LOCK_TIMEOUT_MS = 500;
const GUARD_TAG = '$guard$';

/** @param body plpgsql statements; @param declarations plpgsql variables */
export const guard = (body: string, declarations = ''): string => {
  if (body.includes(GUARD_TAG)) {
    throw new Error(`SQL must not contain ${GUARD_TAG}.`);
  }
  return `DO ${GUARD_TAG}
DECLARE
  ${declarations}
BEGIN
  PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT_MS}ms', true);
  ${body}
END
${GUARD_TAG}`;
};

/** A string as an SQL literal: a DO block takes no parameters. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

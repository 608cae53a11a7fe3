// The statements that write a pick. Each looks, writes, and adds to the history at once: one call, committed as a whole.
import { AES_256_GCM_VERSION, SHORTEST_VALUE } from '../secrets/cipher.ts';
import { ARRIVE_WITHIN_MS, CLOCK_SKEW_MS, UNTIMELY, WRITE_LOCK_TIMEOUT_MS } from './attempts.ts';
import { ETAG_SQL } from './etag.ts';
import { PICKS_VERSION, STANDS_ON_TABLE } from './picks-view.ts';

/**
 * The migration that the statements of this room need. Below it, and from the first statement of its undo, picks are where
 * another release looks for them: nothing is then read or written here, until the release that fits is live.
 */
export const NEEDED_VERSION = PICKS_VERSION;

/** One look-up by primary key, and a comparison. */
export const MIGRATED = `(EXISTS (
    SELECT FROM workspace_model_migrations WHERE version = '${NEEDED_VERSION}' AND state = 'applied'
  ) AND ${STANDS_ON_TABLE})`;

/**
 * The version of a pick's row `s`, or -1, which is no known one, in place of NULL and of what is no int4: the column may be
 * bigint, and one such row must not take the whole list away.
 */
export const STORED_VERSION =
  'CAST(CASE WHEN s.encryption_version BETWEEN 0 AND 2147483647 THEN s.encryption_version ELSE -1 END AS int)';

/**
 * What a write may come to. `changed`: its condition does not hold. `absent`: there was nothing to clear. `kept`: a trigger or
 * rule of the platform's left the row as it was; where one writes something else, the statement fails.
 */
export type Outcome =
  | typeof UNTIMELY
  | 'kept'
  | 'not migrated'
  | 'no workspace'
  | 'refused'
  | 'changed'
  | 'absent'
  | 'written';

const CLOCK_MS = 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)';
const TOO_LATE_MS = `CAST(:sent_at AS bigint) + ${ARRIVE_WITHIN_MS}`;

/**
 * One row with all that is looked at before anything is written; `is_open` is whether it may be. The time-out bounds the
 * waits of what follows.
 */
const GATE = `gate AS MATERIALIZED (
    SELECT *, timely AND migrated AND workspace_id IS NOT NULL AND NOT refused AS is_open
    FROM (
      SELECT set_config('lock_timeout', '${WRITE_LOCK_TIMEOUT_MS}', true), clock.ms,
        clock.ms BETWEEN CAST(:sent_at AS bigint) - ${CLOCK_SKEW_MS} AND ${TOO_LATE_MS} AS timely,
        ${MIGRATED} AS migrated, w.id AS workspace_id, coalesce(CAST(w.runtime AS text), '') AS runtime,
        (coalesce(CAST(w.runtime AS text), '') = ANY (string_to_array(:runtimes, E'\\n'))) <> CAST(:all_but AS boolean) AS refused
      FROM (SELECT ${CLOCK_MS} AS ms OFFSET 0) AS clock
      LEFT JOIN workspaces w ON w.id = :workspace_id
    ) AS seen
  )`;

/** The key is the view's default. */
const INSERT_OR_UPDATE = `
    INSERT INTO workspace_model_picks AS s (workspace_id, encrypted_value, encryption_version)
    SELECT workspace_id, :encrypted_value, ${AES_256_GCM_VERSION} FROM gate WHERE is_open
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET encrypted_value = excluded.encrypted_value, encryption_version = excluded.encryption_version,
        updated_at = clock_timestamp()`;

const ENTRY_COLUMNS = '(workspace_id, action, actor, encrypted_value, encryption_version)';
const SAVED_ENTRY = `
    INSERT INTO workspace_model_history ${ENTRY_COLUMNS}
    SELECT workspace_id, 'saved', :actor, encrypted_value, encryption_version FROM written`;
const CLEARED_ENTRY = `
    INSERT INTO workspace_model_history ${ENTRY_COLUMNS}
    SELECT workspace_id, 'cleared', :actor, NULL, NULL FROM written`;

export const CHANGED_BY_TRIGGER = 'a trigger of workspace_secrets changes what is written';
/** What is no date fails; a constant would do so already as the statement is planned. The log shows the words. */
const FAIL = `CAST(CAST('${CHANGED_BY_TRIGGER}, of workspace ' || workspace_id AS date) AS text)`;

interface Parts {
  write: string;
  /** Whether a row that was written is as it was sent; the statement fails otherwise, and nothing of it stands. */
  asSent: string;
  entry: string;
  /** The outcome where nothing was written although the gate was open. */
  unwritten: string;
}

const statement = ({ write, asSent, entry, unwritten }: Parts): string => `
  WITH ${GATE}, written AS (${write}
    RETURNING s.workspace_id, s.encrypted_value, s.encryption_version, ${asSent} AS as_sent
  ), history AS (${entry}
  )
  SELECT CASE
    WHEN NOT timely THEN '${UNTIMELY}'
    WHEN NOT migrated THEN 'not migrated'
    WHEN workspace_id IS NULL THEN 'no workspace'
    WHEN refused THEN 'refused'
    WHEN EXISTS (SELECT FROM written WHERE as_sent) THEN 'written'
    WHEN EXISTS (SELECT FROM written) THEN ${FAIL}
    ELSE ${unwritten}
  END, ms, runtime
  FROM gate`;

const save = (write: string, unwritten: string): string =>
  statement({
    write,
    asSent: 's.encrypted_value IS NOT DISTINCT FROM :encrypted_value',
    entry: SAVED_ENTRY,
    unwritten,
  });

/** Looks at the clock once more after the wait for the row's lock, and for what has kept the row. */
export const SAVE = save(
  `${INSERT_OR_UPDATE}
    WHERE ${CLOCK_MS} <= ${TOO_LATE_MS}`,
  `CASE WHEN ${CLOCK_MS} <= ${TOO_LATE_MS} THEN 'kept' ELSE '${UNTIMELY}' END`,
);

/** What JavaScript trims, as UTF-8 in hex: each has whole bytes, so what begins at the first byte stays with the bytes. */
const WHITE_SPACE = '(09|0a|0b|0c|0d|20|c2a0|e19a80|e2808[0-9a]|e280a[89]|e280af|e2819f|e38080|efbbbf)*';

/** A row that holds no text is no pick; of what is encrypted, only the length can be looked at here. */
const IS_EMPTY = `(s.encrypted_value IS NULL OR
    CASE s.encryption_version WHEN ${AES_256_GCM_VERSION} THEN octet_length(s.encrypted_value) = ${SHORTEST_VALUE - 1}
    ELSE encode(s.encrypted_value, 'hex') ~ '^${WHITE_SPACE}$' END)`;

const MATCHES = `(CASE CAST(:if_match AS text) WHEN '*' THEN NOT (${IS_EMPTY})
    ELSE ${ETAG_SQL} = ANY (string_to_array(:if_match, ',')) END)`;

/**
 * Locks the row, if it is still there: one that another has changed or deleted meanwhile is looked at as that one has left it.
 * What this statement could write, and has not, a trigger has kept.
 */
const keptOr = (outcome: Outcome, condition = 'true'): string => `
    CASE WHEN EXISTS (
      SELECT FROM workspace_model_picks s WHERE s.workspace_id = gate.workspace_id AND ${condition} FOR UPDATE
    ) THEN 'kept' ELSE '${outcome}' END`;

/** Saves where there is no pick yet. Of a row that another has just made nothing is seen here, so no `kept` is told apart. */
export const SAVE_FIRST = save(
  `${INSERT_OR_UPDATE}
    WHERE ${IS_EMPTY}`,
  "'changed'",
);

/** Saves where the stored pick is one of those expected. Not by INSERT, which would also make a row that has just gone. */
export const SAVE_IF_MATCH = save(
  `
    UPDATE workspace_model_picks s
    SET encrypted_value = :encrypted_value, encryption_version = ${AES_256_GCM_VERSION}, updated_at = clock_timestamp()
    FROM gate WHERE gate.is_open AND s.workspace_id = gate.workspace_id AND ${MATCHES}`,
  keptOr('changed', MATCHES),
);

const clear = (condition: string, unwritten: string): string =>
  statement({
    write: `
    DELETE FROM workspace_model_picks s USING gate WHERE gate.is_open AND s.workspace_id = gate.workspace_id${condition}`,
    asSent: 'true',
    entry: CLEARED_ENTRY,
    unwritten,
  });

export const CLEAR = clear('', keptOr('absent'));
export const CLEAR_IF_MATCH = clear(` AND ${MATCHES}`, keptOr('changed', MATCHES));

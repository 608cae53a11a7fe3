// The picks of all workspaces, a page at a time in the order of their ids, by one statement each.
import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { LONGEST_VALUE, type StoredValue } from '../secrets/cipher.ts';
import type { Database } from './attempts.ts';
import { DatabaseNotMigratedError } from './errors.ts';
import { ETAG_SQL } from './etag.ts';
import {
  firstRow,
  flag,
  LONGEST_NAME,
  type Row,
  storedOrNone,
  text,
  textOrNull,
  uuidParameter,
  whole,
} from './fields.ts';
import { MIGRATED, STORED_VERSION } from './pick-sql.ts';

/** 500 rows of at most 2 kB stay below the Data API's 1 MiB. */
export const MAX_ROWS = 500;
/** Workspaces that one statement searches, however few of them match: about 100 ms. */
const WINDOW = 10_000;

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/**
 * A clear leaves no row, so the time of a change comes from the history. Each pick is looked up by itself: PostgreSQL pushes
 * no join into a view with a security barrier, and would read the picks of the whole fleet.
 */
const listSql = (after: string | undefined, window: number): string => `
  WITH scanned AS MATERIALIZED (
    SELECT id, name, runtime FROM workspaces ${after === undefined ? '' : 'WHERE id > :after'} ORDER BY id LIMIT ${window}
  ), matching AS (
    SELECT w.id, left(coalesce(CAST(w.name AS text), ''), ${LONGEST_NAME}) AS name,
      left(CAST(w.runtime AS text), ${LONGEST_NAME}) AS runtime, s.encrypted_value IS NOT NULL AS stored,
      ${STORED_VERSION} AS encryption_version,
      CASE WHEN octet_length(s.encrypted_value) <= ${LONGEST_VALUE} THEN s.encrypted_value END AS encrypted_value,
      ${ETAG_SQL} AS etag, coalesce(s.updated_at, h.at) AS changed_at
    FROM scanned w
    LEFT JOIN LATERAL (SELECT * FROM workspace_model_picks p WHERE p.workspace_id = w.id LIMIT 1) AS s ON true
    LEFT JOIN LATERAL (
      SELECT k.at FROM workspace_model_history k WHERE k.workspace_id = w.id AND s.key IS NULL ORDER BY k.id DESC LIMIT 1
    ) AS h ON true
  ), page AS (
    SELECT * FROM matching
    WHERE (:runtime = '' OR runtime = :runtime)
      AND (:changed_since = '' OR changed_at >= CAST(nullif(:changed_since, '') AS timestamptz))
    ORDER BY id LIMIT :rows
  )
  SELECT ${MIGRATED} AS migrated, (SELECT count(*) FROM scanned) AS scanned,
    (SELECT id FROM scanned ORDER BY id DESC LIMIT 1) AS last, p.id, p.name, p.runtime, coalesce(p.stored, false) AS stored,
    p.encrypted_value, coalesce(p.encryption_version, -1) AS encryption_version, p.etag,
    to_char(p.changed_at AT TIME ZONE 'UTC', ${ISO}) AS changed_at
  FROM (VALUES (1)) AS one (row) LEFT JOIN page p ON true
  ORDER BY p.id`;

export interface FleetQuery {
  /** The id after which the page begins. */
  after: string | undefined;
  runtime?: string | undefined;
  /** ISO 8601. */
  changedSince?: string | undefined;
  /** At most MAX_ROWS. */
  rows: number;
}

export interface FleetRow {
  workspaceId: string;
  name: string;
  runtime: string | undefined;
  /** Undefined where nothing is picked; `too long` for any model id. */
  stored: StoredValue | 'too long' | undefined;
  etag: string | undefined;
  /** ISO 8601, of the pick or of its clear. */
  changedAt: string | undefined;
}

export interface FleetPage {
  rows: FleetRow[];
  /** The id after which there may be more; undefined at the end of the fleet. */
  next: string | undefined;
}

/** @throws DatabaseNotMigratedError, DatabaseUnavailableError, DatabaseRefusedError */
export const readFleet = ({ read }: Pick<Database, 'read'>, query: FleetQuery): Promise<FleetPage> => {
  const { after, runtime = '', changedSince = '', rows } = query;
  const parameters: SqlParameter[] = [
    { name: 'runtime', value: { stringValue: runtime } },
    { name: 'changed_since', value: { stringValue: changedSince } },
    { name: 'rows', value: { longValue: rows } },
    ...(after === undefined ? [] : [uuidParameter('after', after)]),
  ];
  // Each workspace searched costs two look-ups: where all of them match, the search ends with the page.
  const window = runtime === '' && changedSince === '' ? rows : WINDOW;
  return read({ sql: listSql(after, window), parameters }, (result) => pageOf(result.rows, rows, window));
};

const pageOf = (found: Row[], limit: number, window: number): FleetPage => {
  const [migrated, scanned, last, id] = firstRow(found);
  if (!flag(migrated)) {
    throw new DatabaseNotMigratedError();
  }
  const rows = textOrNull(id) === null ? [] : found.map(rowOf);
  if (rows.length >= limit) {
    return { rows, next: rows.at(-1)?.workspaceId };
  }
  return { rows, next: whole(scanned) < window ? undefined : text(last) };
};

const rowOf = ([, , , id, name, runtime, stored, value, version, etag, changedAt]: Row): FleetRow => ({
  workspaceId: text(id),
  name: text(name),
  runtime: textOrNull(runtime) ?? undefined,
  stored: flag(stored) ? (storedOrNone(value, version) ?? 'too long') : undefined,
  etag: textOrNull(etag) ?? undefined,
  changedAt: textOrNull(changedAt) ?? undefined,
});

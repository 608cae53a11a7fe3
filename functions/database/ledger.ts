// The tables that a run of migrations needs: the ledger with one row a version, and the lease of the one runner.

import { guard, literal } from './atomic-call.ts';
import { type Execute, text, textOrNull, whole } from './client.ts';
import { SQLSTATE, sqlStateOf } from './failures.ts';

/** Any number that nobody else uses: it makes first runs that start together wait for each other. */
const LEDGER_LOCK = 20_260_519;

export type State = 'applying' | 'applied' | 'reverting';

/** How far a version's steps are. */
export interface Progress {
  state: State;
  /** Steps finished in this direction. */
  step: number;
  /** Of the walk at hand: the next page, the page at which this pass ends (0 until it starts), and passes ended. */
  page: number;
  endPage: number;
  passes: number;
  /** Rows changed by the step at hand, and rows that its last whole pass left because somebody had locked them. */
  changed: number;
  leftLocked: number;
  /** Batches of all walks in this direction. */
  batches: number;
}

export interface LedgerEntry extends Progress {
  version: string;
  name: string;
  checksum: string;
  /** The down steps, as JSON. */
  down: string;
  startedAt: string;
  finishedAt: string | null;
}

const CREATE = `
  CREATE TABLE IF NOT EXISTS workspace_model_migrations (
    version text PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    down jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('applying', 'applied', 'reverting')),
    step int NOT NULL DEFAULT 0,
    page bigint NOT NULL DEFAULT 0,
    end_page bigint,
    passes bigint NOT NULL DEFAULT 0,
    pass_skipped bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    left_locked bigint NOT NULL DEFAULT 0,
    batches bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
  );
  CREATE TABLE IF NOT EXISTS workspace_model_migration_lease (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    token text NOT NULL,
    until timestamptz NOT NULL
  );`;

const PROGRESS = 'state, step, page, coalesce(end_page, 0), passes, changed, left_locked, batches';

/** Makes both tables where they are missing. */
export const createLedger = async (execute: Execute): Promise<void> => {
  const body = `PERFORM pg_advisory_xact_lock(${LEDGER_LOCK});${CREATE}`;
  await execute({ sql: guard(body) });
};

/** All entries in ascending order; none where there is no ledger yet. */
export const readLedger = async (execute: Execute): Promise<LedgerEntry[]> => {
  const sql = `
    SELECT ${PROGRESS}, version, name, checksum, down::text, started_at, finished_at
    FROM workspace_model_migrations ORDER BY version`;
  try {
    const { rows } = await execute({ sql });
    return rows.map((row) => ({
      ...progressOf(row),
      version: text(row[8]),
      name: text(row[9]),
      checksum: text(row[10]),
      down: text(row[11]),
      startedAt: text(row[12]),
      finishedAt: textOrNull(row[13]),
    }));
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return [];
    }
    throw error;
  }
};

/** How far a version is, or nothing where the ledger does not hold it. */
export const readProgress = async (execute: Execute, version: string): Promise<Progress | undefined> => {
  const sql = `SELECT ${PROGRESS} FROM workspace_model_migrations WHERE version = ${literal(version)}`;
  const { rows } = await execute({ sql });
  return rows[0] && progressOf(rows[0]);
};

/** Takes the lease for `token`, or renews it. False while another runner holds it. */
export const takeLease = async (execute: Execute, token: string, leaseMs: number): Promise<boolean> => {
  const until = `clock_timestamp() + interval '${leaseMs} ms'`;
  // The lease is locked while another runner is in the middle of a batch.
  const take = guard(`
  BEGIN
    INSERT INTO workspace_model_migration_lease AS lease (token, until) VALUES (${literal(token)}, ${until})
    ON CONFLICT (only_row) DO UPDATE SET token = excluded.token, until = excluded.until
    WHERE lease.until < clock_timestamp() OR lease.token = excluded.token;
  EXCEPTION WHEN lock_not_available THEN NULL;
  END;`);
  await execute({ sql: take });
  const sql = `SELECT 1 FROM workspace_model_migration_lease WHERE token = ${literal(token)}`;
  return (await execute({ sql })).rows.length === 1;
};

export const releaseLease = async (execute: Execute, token: string): Promise<void> => {
  await execute({
    sql: guard(`DELETE FROM workspace_model_migration_lease WHERE token = ${literal(token)};`),
  });
};

const progressOf = (row: Parameters<typeof text>[0][]): Progress => ({
  state: stateOf(text(row[0])),
  step: whole(row[1]),
  page: whole(row[2]),
  endPage: whole(row[3]),
  passes: whole(row[4]),
  changed: whole(row[5]),
  leftLocked: whole(row[6]),
  batches: whole(row[7]),
});

const stateOf = (state: string): State => (state === 'applying' || state === 'reverting' ? state : 'applied');

// The ledger: one row for each version that is applied, being applied or being undone.
import * as z from 'zod/mini';
import { atomicCall, literal, runEach } from './atomic-call.ts';
import type { Execute } from './client.ts';
import { DEPLOYMENT_SQL } from './deployment.ts';
import { SQLSTATE, sqlStateOf } from './failures.ts';
import { FOLLOW_WORKSPACES, HISTORY_REFERS, HISTORY_VERSION } from './history-reference.ts';
import { REFUSE_STRANGERS, SECURE_OBJECTS } from './own-objects.ts';
import { PICKS_VERSION, VIEWS_STAND } from './picks-view.ts';
import { RENAME_STANDS, RENAME_VERSION } from './rename-constraint.ts';
import { queryRows } from './rows.ts';

/** Any number that nobody else uses: first runs that start together wait for each other. */
const LEDGER_LOCK = 20_260_519;

/** How far the steps of a version are. */
const Progress = z.object({
  state: z.enum(['applying', 'applied', 'reverting']),
  /** Steps finished in this direction. */
  step: z.number(),
  /** Of the current walk: the next page, the page at which this pass ends (0 until it starts), and passes ended. */
  page: z.number(),
  endPage: z.number(),
  passes: z.number(),
  /** Rows changed by the current step, and rows that its last whole pass left because another session had locked them. */
  changed: z.number(),
  leftLocked: z.number(),
  /** Batches of all walks in this direction. */
  batches: z.number(),
});

/** Of a version whose ledger this release has made, or completed. */
const WalkProgress = z.extend(Progress, {
  /** Rows that the last whole pass had locked and that stayed as they were all the same, and a workspace of them. */
  leftSuppressed: z.number(),
  suppressedWorkspace: z.nullable(z.string()),
});

const LedgerEntry = z.extend(Progress, {
  /** `stale`: it is noted as applied, and what it made does not fit the tables any more, so it is to be applied again. */
  state: z.enum(['applying', 'applied', 'reverting', 'stale']),
  version: z.string(),
  name: z.string(),
  checksum: z.string(),
  /** The down steps, as JSON. */
  down: z.string(),
  startedAt: z.string(),
  finishedAt: z.nullable(z.string()),
});

export type Progress = z.infer<typeof Progress>;
export type WalkProgress = z.infer<typeof WalkProgress>;
export type State = Progress['state'];
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** Whether a version was applied to its end, also where it has to be applied anew. */
export const isThrough = ({ state }: Pick<LedgerEntry, 'state'>): boolean =>
  state === 'applied' || state === 'stale';

const PROGRESS_COLUMNS = `step, page, coalesce(end_page, 0) AS "endPage", passes, changed,
    left_locked AS "leftLocked", batches`;

/** Release 1.0 has made the journal without it, and main before release 1.1 the other: a publication lets none of their rows change. */
const KEYLESS_TABLES_SQL = runEach(`
      SELECT format('ALTER TABLE %s REPLICA IDENTITY FULL', CAST(oid AS regclass)) FROM pg_class
      WHERE oid IN (to_regclass('workspace_model_rename_journal'), to_regclass('workspace_model_rename_superseded'))
        AND relreplident = 'd'`);

/**
 * A table that is found anywhere on the search_path is used. What to_regclass remembers may be older than the lock, so a
 * table that another first run has made meanwhile is no error. The columns that are added came later than the others: a
 * ledger of release 1.0 has to be given them.
 */
export const LEDGER_SQL = `PERFORM pg_advisory_xact_lock(${LEDGER_LOCK});
  IF to_regclass('workspace_model_migrations') IS NULL THEN ${REFUSE_STRANGERS}
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
  END IF;
  IF to_regclass('workspace_model_migration_lease') IS NULL THEN
    CREATE TABLE IF NOT EXISTS workspace_model_migration_lease (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      token text NOT NULL,
      until timestamptz NOT NULL
    );
  END IF;
  IF to_regclass('workspace_model_deployment') IS NULL THEN ${DEPLOYMENT_SQL}
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = 'workspace_model_migrations'::regclass AND attname = 'left_suppressed'
  ) THEN
    ALTER TABLE workspace_model_migrations
      ADD COLUMN IF NOT EXISTS walked_file oid,
      ADD COLUMN pass_suppressed bigint NOT NULL DEFAULT 0,
      ADD COLUMN left_suppressed bigint NOT NULL DEFAULT 0,
      ADD COLUMN suppressed_workspace text;
  END IF;
  ${KEYLESS_TABLES_SQL}
  ${FOLLOW_WORKSPACES}`;

/**
 * Makes the ledger, the table of the lease and that of the deployment, where they are missing, and mends what an earlier release,
 * another user or the platform has left of the service's own: columns, identities, the history's key, owners, rights.
 */
export const prepareLedger = async (execute: Execute): Promise<void> => {
  await execute({ sql: atomicCall(LEDGER_SQL + SECURE_OBJECTS) });
};

/** Takes the three tables away again, where no version is in the ledger, and no deployment is noted. A used one is not locked. */
export const dropEmptyLedger = async (execute: Execute): Promise<void> => {
  const body = `
  IF to_regclass('workspace_model_migrations') IS NULL THEN RETURN; END IF;
  IF EXISTS (SELECT FROM workspace_model_migrations) THEN RETURN; END IF;
  LOCK TABLE workspace_model_migrations IN ACCESS EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM workspace_model_migrations) AND NOT EXISTS (SELECT FROM workspace_model_deployment) THEN
    DROP TABLE workspace_model_migrations, workspace_model_migration_lease, workspace_model_deployment;
  END IF;`;
  await execute({ sql: atomicCall(body) });
};

/** @param entry how the statement names the ledger's row */
export const stateSql = (entry: string): string => `CASE
      WHEN ${entry}.version = '${PICKS_VERSION}' AND ${entry}.state = 'applied' AND NOT (${VIEWS_STAND}) THEN 'stale'
      WHEN ${entry}.version = '${RENAME_VERSION}' AND ${entry}.state = 'applied' AND NOT ${RENAME_STANDS} THEN 'stale'
      WHEN ${entry}.version = '${HISTORY_VERSION}' AND ${entry}.state = 'applied' AND NOT ${HISTORY_REFERS} THEN 'stale'
      ELSE ${entry}.state
    END`;

/** All entries in ascending order; none where there is no ledger yet. */
export const readLedger = async (execute: Execute): Promise<LedgerEntry[]> => {
  const sql = `
    SELECT ${stateSql('entry')} AS state, ${PROGRESS_COLUMNS}, version, name, checksum, CAST(down AS text) AS down,
           started_at AS "startedAt", finished_at AS "finishedAt"
    FROM workspace_model_migrations AS entry ORDER BY version`;
  try {
    return await queryRows(execute, LedgerEntry, { sql });
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.undefinedTable) {
      return [];
    }
    throw error;
  }
};

/** How far a version is, or nothing where the ledger does not hold it. */
export const readProgress = async (execute: Execute, version: string): Promise<WalkProgress | undefined> => {
  const sql = `
    SELECT state, ${PROGRESS_COLUMNS}, left_suppressed AS "leftSuppressed", suppressed_workspace AS "suppressedWorkspace"
    FROM workspace_model_migrations WHERE version = ${literal(version)}`;
  return (await queryRows(execute, WalkProgress, { sql }))[0];
};

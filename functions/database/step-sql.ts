// The plpgsql of a step: what stands inside its atomic call. Nothing here speaks to the database.
import { dollarQuoted, LOCK_TIMEOUT_MS, literal } from './atomic-call.ts';
import { OWN_SQLSTATE } from './failures.ts';
import { LEASE_MS } from './lease.ts';
import { type Progress, stateSql } from './ledger.ts';
import { SECURE_OBJECTS } from './own-objects.ts';
import { RENAME_CONSTRAINT, RENAME_REFUSES } from './rename-constraint.ts';
import type { Direction, NewEntry, PlannedEntry, Step } from './step.ts';

const STEP_TAG = '$step$';
const AUTOVACUUM_WAIT_MS = 5_000;
/** A batch ends with the part that exceeds this, so that writers who wait for its row locks hardly notice. */
const BATCH_MS = 200;
/** A batch goes part by part, since the number of rows to change in a page is not known before they are changed. */
const FIRST_PART_PAGES = 16;
const FAST_PART_MS = 25;
/** 4 MiB: half a second's work where every row is to be changed. */
const MAX_PART_PAGES = 512;
/** Above the highest page that a table can have. */
const PAST_LAST_PAGE = 4_294_967_294;

export const STEP_DECLARATIONS = `here workspace_model_migrations%ROWTYPE;
  part record;
  part_pages bigint := ${FIRST_PART_PAGES};
  past bigint;
  stop bigint;
  began timestamptz := clock_timestamp();
  part_began timestamptz;
  batch_ms int := ${BATCH_MS};
  file oid;`;

const RESET = `page = 0, end_page = NULL, passes = 0, pass_skipped = 0, pass_suppressed = 0, changed = 0, left_locked = 0,
  left_suppressed = 0, suppressed_workspace = NULL`;
const NEXT_STEP = `step = step + 1, ${RESET}`;
const FIRST_STEP = `step = 0, finished_at = NULL, ${RESET}`;

/** A statement that release 1.0 has stored does not say what was locked and stayed as it was all the same. */
const COUNT_SUPPRESSED = `
    here.pass_suppressed := here.pass_suppressed + coalesce(CAST(to_jsonb(part) ->> 'suppressed' AS bigint), 0);
    here.suppressed_workspace := coalesce(to_jsonb(part) ->> 'suppressed_workspace', here.suppressed_workspace);`;

/** Renews the lease, and fails where it is another runner's by now. */
export const heldLeaseSql = (token: string): string => `
  UPDATE workspace_model_migration_lease SET until = clock_timestamp() + interval '${LEASE_MS} ms'
  WHERE token = ${literal(token)};
  IF NOT FOUND THEN RAISE EXCEPTION 'another runner has the lease' USING ERRCODE = '${OWN_SQLSTATE.leaseLost}'; END IF;`;

/**
 * A version that is begun anew counts a batch at once: it has something to undo, however little it does from here. From now on
 * its steps are those of this file, and not of an earlier form; its undo stays the one that knows what that form has left.
 * What another runner of the same request has finished meanwhile is left as it is.
 */
export const applyingSql = ({ version, name, checksum, down }: NewEntry): string => `
  INSERT INTO workspace_model_migrations AS entry (version, name, checksum, down, state)
  VALUES (${literal(version)}, ${literal(name)}, ${literal(checksum)},
          CAST(${literal(JSON.stringify(down))} AS jsonb), 'applying')
  ON CONFLICT (version) DO UPDATE SET state = 'applying', name = excluded.name, checksum = excluded.checksum,
    batches = entry.batches + 1, ${FIRST_STEP}
  WHERE ${stateSql('entry')} IN ('reverting', 'stale');`;

/** Only from the state planned with: another runner of the same request may have undone it meanwhile, and applied it anew. */
export const revertingSql = ({ version, checksum, state }: PlannedEntry): string => {
  const planned = `version = ${literal(version)} AND checksum = ${literal(checksum)}
    AND state = '${state === 'stale' ? 'applied' : state}'`;
  return `
  DELETE FROM workspace_model_migrations
  WHERE ${planned} AND (down = '[]' OR (state = 'applying' AND step = 0 AND batches = 0));
  UPDATE workspace_model_migrations SET state = 'reverting', batches = 0, ${FIRST_STEP}
  WHERE ${planned} AND state <> 'reverting';`;
};

/** A statement that is run once. */
export const statementSql = (direction: Direction, progress: Progress, step: Step): string => `
  UPDATE workspace_model_migrations SET ${NEXT_STEP} WHERE ${standsAt(direction, progress)};
  IF FOUND THEN
    ${step.alters === undefined ? '' : keepAutovacuumOff(step.alters)}
    ${beginAnewSql(direction, progress)}
    ${step.proves ? provingSql(direction, progress, step.sql) : executeSql(step.sql)}
    ${SECURE_OBJECTS}
    ${finishSql(direction, progress)}
  END IF;`;

/** A batch of a walk. Its pass begins again where the table was rewritten, since its rows then have other places. */
export const walkSql = (
  direction: Direction,
  progress: Progress,
  { sql, swept = false }: Step,
  table: string,
  maxPages: number,
): string => `
  LOCK TABLE ${table} IN ROW EXCLUSIVE MODE;
  SELECT * INTO here FROM workspace_model_migrations
  WHERE ${standsAt(direction, progress)} AND page = ${progress.page} FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  ${beginAnewSql(direction, progress)}

  file := pg_relation_filenode(${literal(table)});
  IF here.walked_file IS DISTINCT FROM file THEN
    here.page := 0;
    here.end_page := NULL;
    here.pass_skipped := 0;
    here.pass_suppressed := 0;
  END IF;
  here.end_page := coalesce(
    here.end_page, pg_relation_size(${literal(table)}) / CAST(current_setting('block_size') AS bigint));
  stop := least(here.page + ${maxPages}, here.end_page);
  SELECT least(batch_ms, CAST(nullif(setting, '0') AS int) / 4) INTO batch_ms FROM pg_settings WHERE name = 'statement_timeout';
  LOOP
    part_began := clock_timestamp();
    past := least(here.page + part_pages, stop);
    EXECUTE ${dollarQuoted(sql, STEP_TAG)} INTO part
    USING CAST(format('(%s,0)', here.page) AS tid), CAST(format('(%s,0)', past) AS tid);
    here.page := past;
    here.changed := here.changed + part.changed;
    here.pass_skipped := here.pass_skipped + part.skipped;
    ${COUNT_SUPPRESSED}
    EXIT WHEN here.page >= stop OR clock_timestamp() - began > batch_ms * interval '1 ms';
    IF clock_timestamp() - part_began < interval '${FAST_PART_MS} ms' THEN
      part_pages := least(part_pages * 2, ${MAX_PART_PAGES});
    END IF;
  END LOOP;

  UPDATE workspace_model_migrations
  SET page = here.page, end_page = here.end_page, batches = here.batches + 1, changed = here.changed,
      pass_skipped = here.pass_skipped, pass_suppressed = here.pass_suppressed,
      suppressed_workspace = here.suppressed_workspace, walked_file = file
  WHERE version = here.version;

  IF ${swept} AND here.pass_skipped = 0 AND here.end_page > 0 THEN RETURN; END IF;
  IF here.page >= here.end_page AND here.pass_skipped = 0 THEN
    UPDATE workspace_model_migrations SET ${NEXT_STEP} WHERE version = here.version;
    ${finishSql(direction, progress)}
  ELSIF here.page >= here.end_page THEN
    UPDATE workspace_model_migrations
    SET page = 0, end_page = NULL, passes = passes + 1, left_locked = pass_skipped, left_suppressed = pass_suppressed,
        pass_skipped = 0, pass_suppressed = 0
    WHERE version = here.version;
  END IF;`;

/** The whole table in one snapshot: it finds the rows that a walk missed because they moved meanwhile. */
export const sweepSql = (direction: Direction, progress: Progress, sql: string): string => `
  SELECT * INTO here FROM workspace_model_migrations
  WHERE ${standsAt(direction, progress)} AND passes = ${progress.passes} AND page >= end_page FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;

  EXECUTE ${dollarQuoted(sql, STEP_TAG)} INTO part
  USING CAST('(0,0)' AS tid), CAST('(${PAST_LAST_PAGE},0)' AS tid);
  ${COUNT_SUPPRESSED}
  IF part.skipped = 0 THEN
    UPDATE workspace_model_migrations SET ${NEXT_STEP}, batches = batches + 1 WHERE version = here.version;
    ${finishSql(direction, progress)}
  ELSE
    UPDATE workspace_model_migrations
    SET page = 0, end_page = NULL, passes = passes + 1, batches = batches + 1, changed = changed + part.changed,
        left_locked = part.skipped, left_suppressed = here.pass_suppressed, suppressed_workspace = here.suppressed_workspace,
        pass_skipped = 0, pass_suppressed = 0
    WHERE version = here.version;
  END IF;`;

/**
 * A schema tool or a restore may take the constraint away that an earlier step has made. Old writers could then come in
 * again, and nothing would be left to prove: the version is begun anew, whose steps may all be repeated. It counts a batch,
 * for what it has to undo.
 */
const beginAnewSql = ({ version, state, steps }: Direction, { step }: Progress): string =>
  state === 'applying' &&
  steps.slice(0, step).some(({ sql }) => sql.includes(`ADD CONSTRAINT "${RENAME_CONSTRAINT}"`))
    ? `IF NOT ${RENAME_REFUSES} THEN
      UPDATE workspace_model_migrations SET batches = batches + 1, ${FIRST_STEP} WHERE version = ${literal(version)};
      RETURN;
    END IF;`
    : '';

const executeSql = (sql: string): string => `EXECUTE ${dollarQuoted(sql, STEP_TAG)};`;

const provingSql = ({ version }: Direction, { step }: Progress, sql: string): string => `BEGIN
      ${executeSql(sql)}
    EXCEPTION WHEN check_violation THEN
      UPDATE workspace_model_migrations SET step = ${step - 1}, ${RESET} WHERE version = ${literal(version)};
      RETURN;
    END;`;

/**
 * Autovacuum holds a large table for minutes, and gives way only to a session that waits longer than deadlock_timeout
 * (1 s). In this mode that is harmless: neither reads nor writes queue behind it, and autovacuum stays away afterwards.
 */
export const keepAutovacuumOff = (table: string): string => `
    PERFORM set_config('lock_timeout', '${AUTOVACUUM_WAIT_MS}ms', true);
    LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE;
    PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT_MS}ms', true);`;

const standsAt = ({ version, state }: Direction, { step }: Progress): string =>
  `version = ${literal(version)} AND state = '${state}' AND step = ${step}`;

/** What follows a version's last step. */
const finishSql = ({ version, state, steps }: Direction, { step }: Progress): string => {
  if (step + 1 < steps.length) {
    return '';
  }
  return state === 'reverting'
    ? `DELETE FROM workspace_model_migrations WHERE version = ${literal(version)};`
    : `UPDATE workspace_model_migrations SET state = 'applied', finished_at = clock_timestamp()
    WHERE version = ${literal(version)};`;
};

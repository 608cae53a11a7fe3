// A step of a migration as one call: the lease renewed, the statement run and the ledger moved on, all or nothing.
// A killed runner, a lost response or a second runner can therefore only find it done or not done.

import { guard, LOCK_TIMEOUT_MS, literal } from './atomic-call.ts';
import type { Execute } from './client.ts';
import type { Progress, State } from './ledger.ts';

/** The SQLSTATE of a step that was tried by a runner whose lease another one has. */
export const LEASE_LOST = 'WM001';
const STEP_TAG = '$step$';
const AUTOVACUUM_WAIT_MS = 5_000;
/** A batch ends with the part that exceeds this, so that whoever meets its row locks hardly notices. */
const BATCH_MS = 200;
/** A batch goes part by part, since only the doing tells how many rows of a page there are to change. */
const FIRST_PART_PAGES = 16;
const FAST_PART_MS = 25;
/** 4 MiB: half a second's work where every row is to be changed. */
const MAX_PART_PAGES = 512;

/** One statement. */
export interface Step {
  sql: string;
  /** A table: the statement is a batch over its pages, from $1 to below $2 (tid). */
  walk?: string;
  /** A table: the statement takes a lock on it that autovacuum is in the way of. */
  alters?: string;
}

/** Whose steps these are, and in which direction. */
export interface Course {
  version: string;
  state: Exclude<State, 'applied'>;
  steps: readonly Step[];
}

export interface Lease {
  token: string;
  leaseMs: number;
}

/** Puts a version into the ledger, its down steps with it. Does nothing where it is there already. */
export const beginApplying = (
  execute: Execute,
  lease: Lease,
  entry: { version: string; name: string; checksum: string; down: readonly Step[] },
) =>
  run(
    execute,
    lease,
    `
    INSERT INTO workspace_model_migrations (version, name, checksum, down, state)
    VALUES (${literal(entry.version)}, ${literal(entry.name)}, ${literal(entry.checksum)},
            CAST(${literal(JSON.stringify(entry.down))} AS jsonb), 'applying')
    ON CONFLICT DO NOTHING;`,
  );

/** Turns a version round. One that has not done anything yet is simply taken out of the ledger. */
export const beginReverting = (execute: Execute, lease: Lease, version: string) =>
  run(
    execute,
    lease,
    `
    DELETE FROM workspace_model_migrations
    WHERE version = ${literal(version)} AND (down = '[]' OR (state = 'applying' AND step = 0 AND batches = 0));
    UPDATE workspace_model_migrations
    SET state = 'reverting', finished_at = NULL, batches = 0, ${STEP_START.replace('step = step + 1', 'step = 0')}
    WHERE version = ${literal(version)} AND state <> 'reverting';`,
  );

/** Runs the step at which `progress` stands; `maxPages` bounds a walk's batch. Does nothing where it was done meanwhile. */
export const runStep = (
  execute: Execute,
  lease: Lease,
  course: Course,
  progress: Progress,
  maxPages: number,
) => {
  const step = course.steps[progress.step];
  if (step === undefined) {
    throw new Error(`Version ${course.version} has no step ${progress.step}.`);
  }
  return step.walk === undefined
    ? run(execute, lease, onceBody(course, progress, step), true)
    : run(execute, lease, walkBody(course, progress, step, step.walk, maxPages), false);
};

const STEP_START = `step = step + 1, page = 0, end_page = NULL, passes = 0, pass_skipped = 0, changed = 0,
      left_locked = 0`;

const DECLARATIONS = `here workspace_model_migrations%ROWTYPE;
  part record;
  part_pages bigint := ${FIRST_PART_PAGES};
  past bigint;
  stop bigint;
  began timestamptz := clock_timestamp();
  part_began timestamptz;`;

const run = async (execute: Execute, lease: Lease, body: string, continueAfterTimeout = false) => {
  const hold = `
  UPDATE workspace_model_migration_lease SET until = clock_timestamp() + interval '${lease.leaseMs} ms'
  WHERE token = ${literal(lease.token)};
  IF NOT FOUND THEN RAISE EXCEPTION 'another runner has the lease' USING ERRCODE = '${LEASE_LOST}'; END IF;`;
  await execute({
    sql: guard(hold + body, DECLARATIONS),
    ...(continueAfterTimeout && { continueAfterTimeout }),
  });
};

const onceBody = (course: Course, progress: Progress, step: Step): string => `
  UPDATE workspace_model_migrations SET ${STEP_START} WHERE ${standsAt(course, progress)};
  IF FOUND THEN
    ${step.alters === undefined ? '' : keepAutovacuumOff(step.alters)}
    EXECUTE ${quoted(step.sql)};
    ${finish(course, progress)}
  END IF;`;

/**
 * Autovacuum holds a large table for minutes, and makes way only for who waits longer than deadlock_timeout (1 s). In
 * this mode one may wait: neither reads nor writes queue behind it, and once it is there autovacuum stays away.
 */
const keepAutovacuumOff = (table: string): string => `
    PERFORM set_config('lock_timeout', '${AUTOVACUUM_WAIT_MS}ms', true);
    LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE;
    PERFORM set_config('lock_timeout', '${LOCK_TIMEOUT_MS}ms', true);`;

const walkBody = (
  course: Course,
  progress: Progress,
  step: Step,
  table: string,
  maxPages: number,
): string => `
  SELECT * INTO here FROM workspace_model_migrations
  WHERE ${standsAt(course, progress)} AND page = ${progress.page} FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;

  here.end_page := coalesce(
    here.end_page, pg_relation_size(${literal(table)}) / CAST(current_setting('block_size') AS bigint));
  stop := least(here.page + ${maxPages}, here.end_page);
  LOOP
    part_began := clock_timestamp();
    past := least(here.page + part_pages, stop);
    EXECUTE ${quoted(step.sql)} INTO part
    USING CAST(format('(%s,0)', here.page) AS tid), CAST(format('(%s,0)', past) AS tid);
    here.page := past;
    here.changed := here.changed + part.changed;
    here.pass_skipped := here.pass_skipped + part.skipped;
    EXIT WHEN here.page >= stop OR clock_timestamp() - began > interval '${BATCH_MS} ms';
    IF clock_timestamp() - part_began < interval '${FAST_PART_MS} ms' THEN
      part_pages := least(part_pages * 2, ${MAX_PART_PAGES});
    END IF;
  END LOOP;

  UPDATE workspace_model_migrations
  SET page = here.page, end_page = here.end_page, batches = here.batches + 1, changed = here.changed,
      pass_skipped = here.pass_skipped
  WHERE version = here.version;

  IF here.page >= here.end_page AND here.pass_skipped = 0 THEN
    UPDATE workspace_model_migrations SET ${STEP_START} WHERE version = here.version;
    ${finish(course, progress)}
  ELSIF here.page >= here.end_page THEN
    UPDATE workspace_model_migrations
    SET page = 0, end_page = NULL, passes = passes + 1, left_locked = pass_skipped, pass_skipped = 0
    WHERE version = here.version;
  END IF;`;

const standsAt = ({ version, state }: Course, { step }: Progress): string =>
  `version = ${literal(version)} AND state = '${state}' AND step = ${step}`;

/** What follows a version's last step. */
const finish = ({ version, state, steps }: Course, { step }: Progress): string => {
  if (step + 1 < steps.length) {
    return '';
  }
  return state === 'reverting'
    ? `DELETE FROM workspace_model_migrations WHERE version = ${literal(version)};`
    : `UPDATE workspace_model_migrations SET state = 'applied', finished_at = clock_timestamp()
    WHERE version = ${literal(version)};`;
};

const quoted = (sql: string): string => {
  if (sql.includes(STEP_TAG)) {
    throw new Error(`SQL must not contain ${STEP_TAG}.`);
  }
  return `${STEP_TAG}${sql}${STEP_TAG}`;
};

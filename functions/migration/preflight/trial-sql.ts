// The plpgsql of the trial: what the deploy and the service will do, done on the real tables in one call and rolled back.
// Nothing here speaks to the database.
import { atomicCall, dollarQuoted, literal } from '../../database/atomic-call.ts';
import { OWN_SQLSTATE } from '../../database/failures.ts';
import { LEDGER_SQL } from '../../database/ledger.ts';
import { SECURE_OBJECTS } from '../../database/own-objects.ts';
import type { Step } from '../../database/step.ts';
import { keepAutovacuumOff } from '../../database/step-sql.ts';
import { becomeSql, STATEMENTS, seeAllRows, statementsSql } from './trial-api-sql.ts';
import { notedPart, noteFailure, TAG, TAKE_BACK } from './trial-notes-sql.ts';
import {
  findWorkspaces,
  LEGACY_ROWS,
  makeFurtherWorkspace,
  makeRows,
  RENAMED_ROWS,
  realWorkspaces,
  requireGivenBack,
  requireOldName,
  requireRenamed,
} from './trial-rows-sql.ts';

export interface TriedMigration {
  version: string;
  name: string;
  up: readonly Step[];
  down: readonly Step[];
}

export interface TrialParts {
  pending: readonly TriedMigration[];
  /** Whether the rename is among them. */
  renames: boolean;
  /** Whether the statements of the API are tried, for which the target has to be the version that they need. */
  triesApi: boolean;
  /** The role of the API, made where there is none; its statements run as the owner where this is left out. */
  apiUser: string | undefined;
}

/**
 * With made workspaces: triggers that act outside of the transaction say nothing of real ones then. But a trigger may ask
 * more of a workspace than a made one has, so what fails is tried with two real ones, and their reasons count. Where the made
 * rows cannot be renamed, the API is tried without them, so that all reasons are known at once.
 */
export const trialSql = ({ pending, renames, triesApi, apiUser }: TrialParts): string =>
  atomicCall(
    `
  ${checkAtOnce}
  ${keepAutovacuumOffAll(pending.flatMap(({ up, down }) => [...up, ...down]))}
  FOREACH attempt IN ARRAY ARRAY['made', 'real', 'without rows'] LOOP
    ${forgetMade}
    EXIT WHEN attempt = 'without rows' AND (tried OR NOT ${triesApi});
    BEGIN
      ${findWorkspaces}
      with_rows := ${renames} AND attempt <> 'without rows' AND cardinality(spaces) = 2;
      IF with_rows THEN ${makeRows(LEGACY_ROWS)} END IF;
      ${applySql(pending)}
      IF with_rows THEN ${requireRenamed} ${makeFurtherWorkspace} END IF;
      tried := true;
      ${notedPart(`${apiUser === undefined ? '' : becomeSql(apiUser)}${triesApi ? statementsSql : ''}`)}
      IF attempt <> 'without rows' THEN ${undoSql(pending)} END IF;
      IF with_rows THEN ${requireGivenBack} END IF;
      ${TAKE_BACK};
    ${noteFailure}
    END;
  END LOOP;
  ${answer}`,
    `${DECLARATIONS}${SECURING}${STATEMENTS}`,
  );

/**
 * The way back of a rename that is done, as far as it touches rows, on rows that are made as the service has them by now. Where
 * none can be made, nothing is said.
 */
export const undoTrialSql = ({ version, down }: Pick<TriedMigration, 'version' | 'down'>): string =>
  atomicCall(
    `
  ${checkAtOnce}
  ${keepAutovacuumOffAll(down)}
  FOREACH attempt IN ARRAY ARRAY['made', 'real'] LOOP
    ${forgetMade}
    BEGIN
      ${findWorkspaces}
      with_rows := cardinality(spaces) = 2;
      IF NOT with_rows THEN ${TAKE_BACK}; END IF;
      ${makeRows(RENAMED_ROWS)}
      tried := true;
      phase := ${literal(`undo ${version}`)};
      ${stepsSql(down.slice(0, down.findLastIndex(({ walk }) => walk !== undefined) + 1))}
      ${requireOldName}
      ${TAKE_BACK};
    ${noteFailure}
    END;
    IF NOT tried THEN reasons := '[]'; END IF;
  END LOOP;
  ${answer}`,
    `${DECLARATIONS}${SECURING}`,
  );

/** The statements of the API alone, for its own connection. It can make no workspace, so there may be none to try with. */
export const apiTrialSql = (): string =>
  atomicCall(
    `
  ${checkAtOnce}
  ${seeAllRows}
  ${realWorkspaces(1, 'SELECT FROM workspace_model_picks s WHERE s.workspace_id = w.id')}
  ${notedPart(statementsSql)}
  ${answer}`,
    `${DECLARATIONS}${STATEMENTS}`,
  );

/** What fails with made workspaces is tried with two real ones, where there are so many. */
const forgetMade = `IF attempt = 'real' THEN
      CONTINUE WHEN reasons = '[]' OR NOT are_made OR 2 > (SELECT count(*) FROM (SELECT FROM workspaces LIMIT 2) AS two);
      reasons := '[]';
      tried := false;
    END IF;`;

/** What is deferred to the commit would never be met, since a trial does not commit. */
const checkAtOnce = 'SET CONSTRAINTS ALL IMMEDIATE;';

/** Before anything else is locked, since each may be waited for. A table that is still to be made has no autovacuum. */
const keepAutovacuumOffAll = (steps: readonly Step[]): string => {
  const altered = steps.flatMap(({ alters }) => alters ?? []);
  return [...new Set(['workspace_secrets', ...altered])]
    .map((table) => `IF to_regclass(${literal(table)}) IS NOT NULL THEN ${keepAutovacuumOff(table)} END IF;`)
    .join('\n  ');
};

const DECLARATIONS = `reasons jsonb := '[]';
  moved jsonb := '[]';
  phase text := '';
  attempt text;
  tried boolean := false;
  are_made boolean := false;
  can_be_made boolean := false;
  with_rows boolean := false;
  pick bytea;
  spaces uuid[];
  made uuid;
  before jsonb;
  after jsonb;
  places point[];
  place point;
  part record;
  read_back record;
  outcome text;
  names text;
  vals text;
  disabling text;
  enabling text;
  said text;
  failed_column text;
  failed_constraint text;
  failed_table text;
  failed_type text;
  context text;`;

/** What follows each statement of a run, too; its text once, since a call has to stay below 65,536 characters. */
const SECURING = `
  secure text := ${dollarQuoted(`DO $secure$ BEGIN ${SECURE_OBJECTS} END $secure$`, TAG)};`;
const SECURE = 'EXECUTE secure;';

/** base64, since a message may be cut at a line break. */
const answer = `RAISE EXCEPTION USING ERRCODE = '${OWN_SQLSTATE.tried}', MESSAGE = 'trial:' || translate(encode(convert_to(CAST(
    jsonb_build_object('reasons', reasons, 'moved', moved) AS text), 'UTF8'), 'base64'), E'\\n', '') || ':end';`;

const applySql = (pending: readonly TriedMigration[]): string => `
    phase := 'make the ledger';
    ${LEDGER_SQL}
    ${SECURE}
    ${pending
      .map(
        ({ version, name, up }) => `
    INSERT INTO workspace_model_migrations (version, name, checksum, down, state)
    VALUES (${literal(version)}, ${literal(name)}, '', '[]', 'applied') ON CONFLICT DO NOTHING;
    phase := ${literal(`apply ${version}`)};
    ${stepsSql(up)}`,
      )
      .join('')}`;

const undoSql = (pending: readonly TriedMigration[]): string =>
  [...pending]
    .reverse()
    .map(
      ({ version, down }) => `
    phase := ${literal(`undo ${version}`)};
    ${stepsSql(down)}`,
    )
    .join('');

/** A walk goes over the made rows alone, each from its place to the next one, and not over their neighbours on the page. */
const stepsSql = (steps: readonly Step[]): string =>
  steps
    .filter(({ walk, proves }) => !proves && (walk === undefined || walk === 'workspace_secrets'))
    .map(({ sql, walk }) =>
      walk === undefined
        ? `EXECUTE ${dollarQuoted(sql, TAG)};
    ${SECURE}`
        : `
    SELECT array_agg(CAST(CAST(ctid AS text) AS point)) INTO places
    FROM workspace_secrets WHERE with_rows AND workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER');
    FOREACH place IN ARRAY coalesce(places, '{}') LOOP
      EXECUTE ${dollarQuoted(sql, TAG)} INTO part
      USING CAST(CAST(place AS text) AS tid), CAST(CAST(place + point(0, 1) AS text) AS tid);
    END LOOP;`,
    )
    .join('\n    ');

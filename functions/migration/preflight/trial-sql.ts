// The plpgsql of the trial: what the deploy and the service will do, done on the real tables in one call and rolled back.
// Nothing here speaks to the database.
import { lexSql } from '../../../sql/lexer.ts';
import { atomicCall, dollarQuoted, literal } from '../../database/atomic-call.ts';
import type { Statement } from '../../database/client.ts';
import { TRIED } from '../../database/failures.ts';
import { grantsSql, revokeTableSql } from '../../database/grants.ts';
import { LEDGER_SQL } from '../../database/ledger.ts';
import { SHOW_ROWS } from '../../database/own-objects.ts';
import type { Step } from '../../database/step.ts';
import { keepAutovacuumOff } from '../../database/step-sql.ts';
import { clearStatement, findStatement, saveStatement } from '../../database/workspace-model.ts';
import { AES_256_GCM_VERSION, LONGEST_VALUE, SHORTEST_VALUE } from '../../secrets/cipher.ts';

/** Ends a part of the trial, to take it back. */
const TAKE_BACK = 'WM003';
/** Passes by itself, so the whole trial is repeated: no lock, a conflict. */
const PASSING = `('55P03', '40001', '40P01')`;
/** The phase of a reason that is statements for somebody with more rights. */
export const GRANT_PHASE = 'grant';
/** How the phases end in which the statements of the functions are tried. */
export const AS_API_USER = "as the API's database user";
const TAG = '$tried$';
const NO_WORKSPACE = '00000000-0000-0000-0000-000000000000';

type Parameter = NonNullable<Statement['parameters']>[number];

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
 * With made workspaces: triggers that act outside of the transaction say nothing of real ones then. But a trigger may ask more of a
 * workspace than a made one has, so what fails is tried with two real ones, and their reasons count. Where the made rows cannot
 * be renamed, the API is tried without them, so that all reasons are known at once.
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
      RAISE SQLSTATE '${TAKE_BACK}';
    ${noteFailure}
    END;
  END LOOP;
  ${answer}`,
    `${DECLARATIONS}${STATEMENTS}`,
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
      IF NOT with_rows THEN RAISE SQLSTATE '${TAKE_BACK}'; END IF;
      ${makeRows(RENAMED_ROWS)}
      tried := true;
      phase := ${literal(`undo ${version}`)};
      ${stepsSql(down.slice(0, down.findLastIndex(({ walk }) => walk !== undefined) + 1))}
      ${requireOldName}
      RAISE SQLSTATE '${TAKE_BACK}';
    ${noteFailure}
    END;
    IF NOT tried THEN reasons := '[]'; END IF;
  END LOOP;
  ${answer}`,
    DECLARATIONS,
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

/** As the API's user, to whom policies apply: with row_security off, which is pinned, a statement under one fails. */
const seeAllRows = `PERFORM set_config('row_security', 'on', true);`;

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
  statement text;
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

const noted = (message: string): string => `reasons := reasons || jsonb_build_object(
      'phase', phase, 'state', '', 'message', ${message}, 'column', '', 'constraint', '', 'table', '', 'type', '', 'context', '');`;

const noteFailure = `EXCEPTION
    WHEN SQLSTATE '${TAKE_BACK}' THEN NULL;
    WHEN OTHERS THEN
      IF SQLSTATE IN ${PASSING} THEN RAISE; END IF;
      GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, failed_column = COLUMN_NAME, failed_constraint = CONSTRAINT_NAME,
        failed_table = TABLE_NAME, failed_type = PG_DATATYPE_NAME, context = PG_EXCEPTION_CONTEXT;
      reasons := reasons || jsonb_build_object('phase', phase, 'state', SQLSTATE, 'message', said, 'column', failed_column,
        'constraint', failed_constraint, 'table', failed_table, 'type', failed_type, 'context', context);`;

const notedPart = (body: string): string => `BEGIN
      ${body}
      RAISE SQLSTATE '${TAKE_BACK}';
    ${noteFailure}
    END;`;

/** base64, since a message may be cut at a line break. */
const answer = `RAISE EXCEPTION USING ERRCODE = '${TRIED}', MESSAGE = 'trial:' || translate(encode(convert_to(CAST(
    jsonb_build_object('reasons', reasons, 'moved', moved) AS text), 'UTF8'), 'base64'), E'\\n', '') || ':end';`;

const LONG_PAST = `now() - interval '10 years'`;

/**
 * For the columns that have to be given something, or are times, which are long past so that a trigger's now() is seen:
 * `names` and `vals`, each with a comma before it.
 */
const requiredColumns = (table: string, which: string): string => `
    SELECT coalesce(string_agg(format(', %I', a.attname), '' ORDER BY a.attnum), ''), coalesce(string_agg(', ' || CASE
      WHEN t.typtype = 'e' THEN (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder LIMIT 1)
      WHEN t.oid = 'uuid'::regtype THEN 'gen_random_uuid()'
      WHEN t.typcategory = 'S' THEN 'substr(md5(CAST(random() AS text)), 1, 6)'
      WHEN t.typcategory = 'N' THEN '0'
      WHEN t.typcategory = 'B' THEN 'false'
      WHEN t.typcategory = 'D' THEN ${literal(LONG_PAST)}
      WHEN t.typcategory = 'T' THEN quote_literal('0')
      WHEN t.typcategory = 'A' OR t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN quote_literal('{}')
      ELSE quote_literal('')
    END, '' ORDER BY a.attnum), '') INTO names, vals
    FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid
    JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
    WHERE a.attrelid = '${table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND (
        (t.typcategory = 'D' AND a.atthasdef AND a.attgenerated = '') OR ((a.attnotnull OR d.typnotnull)
          AND NOT a.atthasdef AND a.attidentity = '' AND d.typdefault IS NULL)
      ) AND ${which};`;

const notGiven = (given: readonly string[]): string => `a.attname NOT IN (${given.map(literal).join(', ')})`;

/** Those without a pick first. */
const realWorkspaces = (count: number, picks: string): string => `
    SELECT coalesce(array_agg(id), '{}') INTO spaces FROM (
      SELECT w.id FROM (SELECT id FROM workspaces LIMIT 50) AS w ORDER BY EXISTS (${picks}) LIMIT ${count}
    ) AS found;`;

const requiredOfWorkspaces = requiredColumns('workspaces', notGiven(['id', 'name']));

const makeWorkspace = `EXECUTE format('INSERT INTO workspaces (id, name%s) VALUES (gen_random_uuid(), %L%s) RETURNING id',
            names, 'workspace model trial ' || cardinality(spaces), vals) INTO made;`;

/** Made ones, or two of those that there are, whose picks the trial takes away; fewer where there are none. */
const findWorkspaces = `
    phase := 'find two workspaces to try with';
    spaces := '{}';
    IF attempt <> 'real' THEN
      BEGIN
        ${requiredOfWorkspaces}
        WHILE cardinality(spaces) < 2 LOOP
          ${makeWorkspace}
          spaces := spaces || made;
        END LOOP;
        can_be_made := true;
      EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE IN ${PASSING} THEN RAISE; END IF;
        spaces := '{}';
      END;
    END IF;
    are_made := cardinality(spaces) = 2;
    IF NOT are_made THEN
      ${realWorkspaces(2, `SELECT FROM workspace_secrets s WHERE s.workspace_id = w.id AND s.key IN ('MODEL', 'MODEL_PROVIDER')`)}
    END IF;
    phase := 'take the picks of two workspaces away';
    DELETE FROM workspace_secrets WHERE workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER');`;

/** With `.*`, since a column may be named like the table here. */
const wholeRows = `SELECT coalesce(jsonb_object_agg(CAST(id AS text), to_jsonb(s.*)), '{}')
    FROM workspace_secrets s WHERE workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER')`;

/** What the service stores, of each length, and no two alike. */
const bytes = (digits: string, length: number): string => `decode(repeat('${digits}', ${length}), 'hex')`;

const LEGACY_COLUMNS = [
  'workspace_id',
  'key',
  'encrypted_value',
  'encryption_version',
  'created_at',
  'updated_at',
];

/** The key is written as a literal in its place, so that it takes on the column's own type, such as an enum. */
const legacyRow = (space: string, key: string, value: string): string =>
  `(${space}, '${key}', ${value}, ${AES_256_GCM_VERSION}, ${LONG_PAST}, ${LONG_PAST}%2$s)`;

const insertRows = (rows: readonly string[]): string =>
  literal(`INSERT INTO workspace_secrets (${LEGACY_COLUMNS.join(', ')}%1$s) VALUES ${rows.join(', ')}`);

/** One alone, and one beside a MODEL row. */
const LEGACY_ROWS = insertRows([
  legacyRow('$1', 'MODEL_PROVIDER', bytes('a1', SHORTEST_VALUE)),
  legacyRow('$2', 'MODEL_PROVIDER', bytes('a2', LONGEST_VALUE)),
  legacyRow('$2', 'MODEL', bytes('a3', SHORTEST_VALUE)),
]);

const RENAMED_ROWS = insertRows([
  legacyRow('$1', 'MODEL', bytes('a1', SHORTEST_VALUE)),
  legacyRow('$2', 'MODEL', bytes('a2', LONGEST_VALUE)),
]);

/**
 * Made without the platform's triggers, so that it is seen what these do when
 * the row is given back; but where a made-up value does not fit, such as a reference, a trigger may have the right one.
 */
const makeRows = (inserting: string): string => `
    phase := 'make legacy rows';
    SELECT coalesce(string_agg(format('ALTER TABLE workspace_secrets DISABLE TRIGGER %I;', tgname), ' '), ''),
      coalesce(string_agg(format('ALTER TABLE workspace_secrets ENABLE %s TRIGGER %I;',
        CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' END, tgname), ' '), '')
      INTO disabling, enabling
    FROM pg_trigger WHERE tgrelid = 'workspace_secrets'::regclass AND NOT tgisinternal AND tgenabled <> 'D';
    BEGIN
      EXECUTE disabling;
      ${requiredColumns('workspace_secrets', notGiven(LEGACY_COLUMNS))}
      EXECUTE format(${inserting}, names, vals) USING spaces[1], spaces[2];
      EXECUTE enabling;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
      ${requiredColumns('workspace_secrets', "a.attname = 'id'")}
      EXECUTE format(${inserting}, names, vals) USING spaces[1], spaces[2];
    END;
    before := (${wholeRows});`;

const requireRenamed = `
    phase := 'rename';
    IF (SELECT string_agg(CAST(key AS text), ',' ORDER BY array_position(spaces, workspace_id)) FROM workspace_secrets
        WHERE workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER')) IS DISTINCT FROM 'MODEL,MODEL' THEN
      ${noted(`'the rows are not as the rename leaves them; a trigger or rule on workspace_secrets keeps them from it'`)}
    END IF;`;

/** A trigger of workspaces may write a row of the old key, which is refused from then on, and the workspace with it. */
const makeFurtherWorkspace = `
    IF can_be_made THEN
      phase := 'make a workspace after the rename';
      ${notedPart(`${requiredOfWorkspaces} ${makeWorkspace}`)}
    END IF;`;

/** Columns that are not as before were moved by a trigger. */
const requireGivenBack = `
    phase := 'undo the rename';
    after := (${wholeRows});
    SELECT coalesce(jsonb_agg(DISTINCT col.key), '[]') INTO moved
    FROM jsonb_each(before) AS row_before, jsonb_each(row_before.value) AS col
    WHERE after ? row_before.key AND col.value IS DISTINCT FROM after -> row_before.key -> col.key;
    IF moved ? 'key' OR moved ? 'encrypted_value'
      OR (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(before) AS k)
         IS DISTINCT FROM (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(after) AS k) THEN
      ${noted(`'the rows are not given back as they were; a trigger or rule on workspace_secrets keeps them from it'`)}
    END IF;`;

const requireOldName = `
    IF EXISTS (SELECT FROM workspace_secrets WHERE workspace_id = ANY (spaces) AND key = 'MODEL') THEN
      ${noted(`'the rows keep the new name; a trigger or rule on workspace_secrets keeps them from the old one'`)}
    END IF;`;

const applySql = (pending: readonly TriedMigration[]): string => `
    phase := 'make the ledger';
    ${LEDGER_SQL}
    ${pending
      .map(
        ({ version, name, up }) => `
    INSERT INTO workspace_model_migrations (version, name, checksum, down, state)
    VALUES (${literal(version)}, ${literal(name)}, '', '[]', 'applied') ON CONFLICT DO NOTHING;
    phase := ${literal(`apply ${version}`)};
    ${stepsSql(up)}`,
      )
      .join('')}
    ${SHOW_ROWS}`;

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
        ? `EXECUTE ${dollarQuoted(sql, TAG)};`
        : `
    SELECT array_agg(CAST(CAST(ctid AS text) AS point)) INTO places
    FROM workspace_secrets WHERE with_rows AND workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER');
    FOREACH place IN ARRAY coalesce(places, '{}') LOOP
      EXECUTE ${dollarQuoted(sql, TAG)} INTO part
      USING CAST(CAST(place AS text) AS tid), CAST(CAST(place + point(0, 1) AS text) AS tid);
    END LOOP;`,
    )
    .join('\n    ');

/**
 * The role is made, granted and taken on within the trial; from PostgreSQL 16 on, that takes a grant with SET. Rights that
 * an earlier release has given it go in the end, so they are not there to try with.
 */
const becomeSql = (apiUser: string): string => {
  const role = literal(apiUser);
  return `
      phase := 'set up the API''s database user';
      IF to_regrole(quote_ident(${role})) IS NULL THEN
        names := format('CREATE ROLE %1$I LOGIN NOINHERIT; GRANT %1$I TO %2$I WITH ADMIN OPTION; ', ${role}, current_user);
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', ${role});
      ELSE
        names := '';
      END IF;
      FOR statement IN SELECT granting FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted LOOP
        EXECUTE statement;
      END LOOP;
      SELECT string_agg(granting, '; ') INTO said FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted;
      IF said IS NOT NULL THEN
        phase := '${GRANT_PHASE}';
        ${noted('names || said')}
        RAISE SQLSTATE '${TAKE_BACK}';
      END IF;
      ${revokeTableSql(apiUser)}
      EXECUTE format('GRANT %I TO %I', ${role}, current_user)
        || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH SET TRUE' ELSE '' END;
      PERFORM set_config('search_path', (SELECT string_agg(quote_ident(schema), ', ' ORDER BY nth)
        FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (schema, nth)), true);
      EXECUTE format('SET LOCAL ROLE %I', ${role});`;
};

const sentAt: Parameter = { name: 'sent_at', value: { isNull: true } };
const write = { workspaceId: NO_WORKSPACE, actor: 'trial', condition: 'always' } as const;
const refusing = { allBut: false, names: [] };

/** Values that only the trial knows, not the code that builds the statement. */
const BOUND: Record<string, string> = {
  workspace_id: 'spaces[1]',
  sent_at: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)',
  encrypted_value: 'pick',
};

/** A statement of the functions for plpgsql's EXECUTE: its text, and the values for $1, $2 and so on. */
const bound = ({ sql, parameters = [] }: Statement): { text: string; values: string } => {
  const values: string[] = [];
  const numbered = [...lexSql(sql)].map(({ kind, text }) => {
    if (kind !== 'placeholder') {
      return text;
    }
    const name = text.slice(1);
    values.push(BOUND[name] ?? valueSql(parameters.find((each) => each.name === name)));
    return `$${values.length}`;
  });
  return { text: dollarQuoted(numbered.join(''), TAG), values: values.join(', ') };
};

const valueSql = (parameter: Parameter | undefined): string => {
  const { stringValue, booleanValue } = parameter?.value ?? {};
  if (stringValue !== undefined) {
    return `CAST(${literal(stringValue)} AS text)`;
  }
  return booleanValue === undefined ? 'NULL' : String(booleanValue);
};

const FIND = bound(findStatement(NO_WORKSPACE));
const SAVE = bound(saveStatement({ ...write, encryptedValue: new Uint8Array(), refusing }, sentAt));
const CLEAR = bound(clearStatement(write, sentAt));

const STATEMENTS = `
  find_sql text := ${FIND.text};
  save_sql text := ${SAVE.text};
  clear_sql text := ${CLEAR.text};`;

/** A first pick and a second one; then none, and a first one again. Nothing where there is no workspace. */
const statementsSql = `
      ${seeAllRows}
      IF spaces = '{}' THEN RAISE SQLSTATE '${TAKE_BACK}'; END IF;
      FOREACH pick IN ARRAY ARRAY[${bytes('b1', SHORTEST_VALUE)}, ${bytes('b2', LONGEST_VALUE)}, NULL, ${bytes('b3', SHORTEST_VALUE)}] LOOP
        IF pick IS NULL THEN
          phase := ${literal(`clear a pick ${AS_API_USER}`)};
          EXECUTE clear_sql INTO outcome USING ${CLEAR.values};
        ELSE
          phase := ${literal(`save a pick ${AS_API_USER}`)};
          EXECUTE save_sql INTO outcome USING ${SAVE.values};
        END IF;
        IF outcome IS DISTINCT FROM 'written' THEN
          ${noted(`'nothing is written (' || coalesce(outcome, 'no answer') || '); a trigger or rule on workspace_secrets keeps it from it'`)}
          RAISE SQLSTATE '${TAKE_BACK}';
        END IF;
        phase := ${literal(`read a pick ${AS_API_USER}`)};
        EXECUTE find_sql INTO read_back USING ${FIND.values};
        IF read_back.encrypted_value IS DISTINCT FROM pick THEN
          ${noted(`'what was written is not what is read; a trigger, rule or policy on workspace_secrets changes it'`)}
          RAISE SQLSTATE '${TAKE_BACK}';
        END IF;
      END LOOP;`;

// The workspaces and rows that the trial makes, and what is looked for in the rows after the rename and after its undo.
import { literal } from '../../database/atomic-call.ts';
import { RENAME_CONSTRAINT } from '../../database/rename-constraint.ts';
import { AES_256_GCM_VERSION, LONGEST_VALUE, SHORTEST_VALUE } from '../../secrets/cipher.ts';
import { noted, notedPart, PASSING } from './trial-notes-sql.ts';

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
export const realWorkspaces = (count: number, picks: string): string => `
    SELECT coalesce(array_agg(id), '{}') INTO spaces FROM (
      SELECT w.id FROM (SELECT id FROM workspaces LIMIT 50) AS w ORDER BY EXISTS (${picks}) LIMIT ${count}
    ) AS found;`;

const requiredOfWorkspaces = requiredColumns('workspaces', notGiven(['id', 'name']));

const makeWorkspace = `EXECUTE format('INSERT INTO workspaces (id, name%s) VALUES (gen_random_uuid(), %L%s) RETURNING id',
            names, 'workspace model trial ' || cardinality(spaces), vals) INTO made;`;

/** Made ones, or two of those that there are, whose picks the trial takes away; fewer where there are none. */
export const findWorkspaces = `
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
export const bytes = (digits: string, length: number): string =>
  `decode(repeat('${digits}', ${length}), 'hex')`;

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
export const LEGACY_ROWS = insertRows([
  legacyRow('$1', 'MODEL_PROVIDER', bytes('a1', SHORTEST_VALUE)),
  legacyRow('$2', 'MODEL_PROVIDER', bytes('a2', LONGEST_VALUE)),
  legacyRow('$2', 'MODEL', bytes('a3', SHORTEST_VALUE)),
]);

export const RENAMED_ROWS = insertRows([
  legacyRow('$1', 'MODEL', bytes('a1', SHORTEST_VALUE)),
  legacyRow('$2', 'MODEL', bytes('a2', LONGEST_VALUE)),
]);

/**
 * Made without the platform's triggers, so that it is seen what these do when
 * the row is given back; but where a made-up value does not fit, such as a reference, a trigger may have the right one.
 */
export const makeRows = (inserting: string): string => `
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

export const requireRenamed = `
    phase := 'rename';
    IF (SELECT string_agg(CAST(key AS text), ',' ORDER BY array_position(spaces, workspace_id)) FROM workspace_secrets
        WHERE workspace_id = ANY (spaces) AND key IN ('MODEL', 'MODEL_PROVIDER')) IS DISTINCT FROM 'MODEL,MODEL' THEN
      ${noted(`'the rows are not as the rename leaves them; a trigger or rule on workspace_secrets keeps them from it'`)}
    END IF;`;

/**
 * A trigger of workspaces may write a row of the old key, which is refused from then on, and with it what was done to the workspace.
 * Whatever else keeps a workspace from its change has kept it before, too.
 */
export const makeFurtherWorkspace = `
    IF can_be_made THEN
      phase := 'make a workspace after the rename';
      ${notedPart(`${requiredOfWorkspaces} ${makeWorkspace}
        phase := 'change a workspace after the rename';
        BEGIN
          UPDATE workspaces SET name = 'workspace model trial 9', runtime = runtime WHERE id = made;
        EXCEPTION WHEN OTHERS THEN
          GET STACKED DIAGNOSTICS failed_constraint = CONSTRAINT_NAME;
          IF failed_constraint = ${literal(RENAME_CONSTRAINT)} OR SQLSTATE IN ${PASSING} THEN RAISE; END IF;
        END;`)}
    END IF;`;

/** Columns that are not as before were moved by a trigger. */
export const requireGivenBack = `
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

export const requireOldName = `
    IF EXISTS (SELECT FROM workspace_secrets WHERE workspace_id = ANY (spaces) AND key = 'MODEL') THEN
      ${noted(`'the rows keep the new name; a trigger or rule on workspace_secrets keeps them from the old one'`)}
    END IF;`;

// The statements of the API in the trial, and how its database user is made for them.
import { lexSql } from '../../../sql/lexer.ts';
import { dollarQuoted, literal } from '../../database/atomic-call.ts';
import type { Statement } from '../../database/client.ts';
import { grantsSql, revokeTableSql } from '../../database/grants.ts';
import { clearStatement, findStatement, saveStatement } from '../../database/workspace-model.ts';
import { NO_RUNTIMES } from '../../model/model-rules.ts';
import { LONGEST_VALUE, SHORTEST_VALUE } from '../../secrets/cipher.ts';
import { noted, TAG, TAKE_BACK } from './trial-notes-sql.ts';
import { bytes } from './trial-rows-sql.ts';

/** The phase of a reason that is statements for somebody with more rights. */
export const GRANT_PHASE = 'grant';
/** How the phases end in which the statements of the functions are tried. */
export const AS_API_USER = "as the API's database user";
const NO_WORKSPACE = '00000000-0000-0000-0000-000000000000';

type Parameter = NonNullable<Statement['parameters']>[number];

/** As the API's user, to whom policies apply: with row_security off, which is pinned, a statement under one fails. */
export const seeAllRows = `PERFORM set_config('row_security', 'on', true);`;

/**
 * The role is made, granted and taken on within the trial; from PostgreSQL 16 on, that takes a grant with SET. Rights that
 * release 1.0 has given it go in the end, so they are not there to try with.
 */
export const becomeSql = (apiUser: string): string => {
  const role = literal(apiUser);
  return `
      phase := 'set up the API''s database user';
      IF to_regrole(quote_ident(${role})) IS NULL THEN
        names := format('CREATE ROLE %1$I LOGIN NOINHERIT; GRANT %1$I TO %2$I WITH ADMIN OPTION; ', ${role}, current_user);
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', ${role});
      ELSE
        names := '';
      END IF;
      FOR turn IN 1..2 LOOP
        SELECT string_agg(granting, '; ') INTO said FROM (${grantsSql(apiUser)}) AS needed WHERE NOT granted;
        EXIT WHEN said IS NULL OR turn = 2;
        EXECUTE said;
      END LOOP;
      IF said IS NOT NULL THEN
        phase := '${GRANT_PHASE}';
        ${noted('names || said')}
        ${TAKE_BACK};
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
const SAVE = bound(
  saveStatement({ ...write, encryptedValue: new Uint8Array(), refusing: NO_RUNTIMES }, sentAt),
);
const CLEAR = bound(clearStatement(write, sentAt));

export const STATEMENTS = `
  find_sql text := ${FIND.text};
  save_sql text := ${SAVE.text};
  clear_sql text := ${CLEAR.text};`;

/** A first pick and a second one; then none, and a first one again. Nothing where there is no workspace. */
export const statementsSql = `
      ${seeAllRows}
      IF spaces = '{}' THEN ${TAKE_BACK}; END IF;
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
          ${TAKE_BACK};
        END IF;
        phase := ${literal(`read a pick ${AS_API_USER}`)};
        EXECUTE find_sql INTO read_back USING ${FIND.values};
        IF read_back.encrypted_value IS DISTINCT FROM pick THEN
          ${noted(`'what was written is not what is read; a trigger, rule or policy on workspace_secrets changes it'`)}
          ${TAKE_BACK};
        END IF;
      END LOOP;`;

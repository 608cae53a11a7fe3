// The trial: what a deploy and the service will do, done on the real tables and rolled back. What it meets, an operator
// reads with the name of the object and the mend.
import * as z from 'zod/mini';
import type { Execute } from '../../database/client.ts';
import { OWN_SQLSTATE, SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { CHANGED_BY_TRIGGER } from '../../database/pick-sql.ts';
import { RENAME_VERSION } from '../../database/rename-constraint.ts';
import { NAME_TAKEN } from '../setup-advice.ts';
import { AS_API_USER, GRANT_PHASE } from './trial-api-sql.ts';
import { apiTrialSql, type TrialParts, type TriedMigration, trialSql, undoTrialSql } from './trial-sql.ts';

const Failure = z.object({
  /** What was being tried. */
  phase: z.string(),
  /** The SQLSTATE, or nothing where a result was not as it should be. */
  state: z.string(),
  message: z.string(),
  column: z.string(),
  constraint: z.string(),
  table: z.string(),
  type: z.string(),
  context: z.string(),
});

const Result = z.object({ reasons: z.array(Failure), moved: z.array(z.string()) });

export type TrialFailure = z.infer<typeof Failure>;

export interface TrialResult {
  reasons: string[];
  /** Migrations other than the rename that would fail; a run says at which step, and goes back. */
  failing: string[];
  /** Statements without which the API's user reaches no table, and which the owner may not run. */
  grants: string[];
  /** Columns that a trigger moves when a row is renamed and given back. */
  moved: string[];
}

/** @param execute as the owner */
export const tryOut = (execute: Execute, parts: TrialParts): Promise<TrialResult> =>
  runTrial(execute, trialSql(parts));

/** @param execute as the owner */
export const tryUndo = async (
  execute: Execute,
  rename: Pick<TriedMigration, 'version' | 'down'>,
): Promise<string[]> => (await runTrial(execute, undoTrialSql(rename))).reasons;

/** @param execute as the API's database user, by its own connection */
export const tryApi = (execute: Execute): Promise<TrialResult> => runTrial(execute, apiTrialSql());

const runTrial = async (execute: Execute, sql: string): Promise<TrialResult> => {
  const { formatted } = await endingWell(execute)({ sql });
  const { reasons, moved } = Result.parse(JSON.parse(formatted ?? 'null'));
  const isGrant = ({ phase }: TrialFailure) => phase === GRANT_PHASE;
  const isOther = ({ phase }: TrialFailure) => /^apply \d/.test(phase) && !phase.endsWith(RENAME_VERSION);
  const described = (failures: TrialFailure[]) => [...new Set(failures.map(describeFailure))];
  return {
    reasons: described(reasons.filter((reason) => !isGrant(reason) && !isOther(reason))),
    failing: described(reasons.filter(isOther)),
    grants: reasons.filter(isGrant).map(({ message }) => message),
    moved,
  };
};

/** A trial always fails, so that nothing of it stands; this failure is its result. */
const endingWell =
  (execute: Execute): Execute =>
  async (statement) => {
    try {
      return await execute(statement);
    } catch (error) {
      const [, result] =
        (sqlStateOf(error) === OWN_SQLSTATE.tried && /trial:([\w+/=]*):end/.exec(messageOf(error))) || [];
      if (result === undefined) {
        throw error;
      }
      return { rows: [], updated: 0, formatted: Buffer.from(result, 'base64').toString('utf8') };
    }
  };

/** The Data API's message, which a retry may have wrapped. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : '';

/** One sentence or two, without anything of PostgreSQL's DETAIL, which may quote rows. */
export const describeFailure = (failure: TrialFailure): string => {
  const { phase, state, message } = failure;
  if (message.includes(CHANGED_BY_TRIGGER)) {
    return `A dry run, rolled back, failed to ${phase}: ${CHANGED_BY_TRIGGER}. Let it leave the rows of the key MODEL as they are.`;
  }
  const where = functionIn(failure.context);
  const by = where === '' ? '' : ` in ${where}`;
  const mend = MENDS[state]?.(failure) ?? '';
  return `A dry run, rolled back, failed to ${phase}${by}: ${message}${state === '' ? '' : ` (SQLSTATE ${state})`}.${mend}`;
};

const UNIQUE_NEEDED =
  ' A unique index on exactly (workspace_id, key) is needed, neither partial nor deferrable.';

const KEY = /\bMODEL(_PROVIDER)?\b/;

const MENDS: Record<string, (failure: TrialFailure) => string> = {
  [SQLSTATE.invalidTextRepresentation]: ({ message }) => {
    const [key] = KEY.exec(message) ?? [];
    return key === undefined ? '' : ` Where an enum lacks that key, run: ALTER TYPE … ADD VALUE '${key}';`;
  },
  // Of a domain, the type is what refuses the value.
  [SQLSTATE.notNullViolation]: ({ column, table, type }) =>
    column === ''
      ? ` The domain ${type} forbids it.`
      : ` Give the column ${column} of ${table} a default, or allow NULL: ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL;`,
  [SQLSTATE.foreignKeyViolation]: ({ constraint, table }) =>
    ` The foreign key ${constraint} of ${table} forbids it.`,
  [SQLSTATE.uniqueViolation]: ({ constraint, table }) =>
    ` The unique constraint or index ${constraint} of ${table} forbids it.`,
  [SQLSTATE.checkViolation]: ({ constraint, table, type }) =>
    ` The check constraint ${constraint} of ${table || `the domain ${type}`} forbids it.`,
  [SQLSTATE.exclusionViolation]: ({ constraint, table }) =>
    ` The exclusion constraint ${constraint} of ${table} forbids it.`,
  [SQLSTATE.insufficientPrivilege]: ({ phase, context }) => {
    const needing = functionIn(context);
    return phase.endsWith(AS_API_USER) && needing !== ''
      ? ` That user may reach picks alone, and the function works with its rights. Run: ALTER FUNCTION ${needing} SECURITY DEFINER;`
      : ' Grant the right that is named, or use the secret of the user that owns the tables.';
  },
  [SQLSTATE.undefinedObject]: () =>
    " Where a setting is missing, give it a value: ALTER DATABASE … SET … = ''; or let the function do without it: " +
    "current_setting('…', true).",
  [SQLSTATE.duplicateTable]: () => ` ${NAME_TAKEN}`,
  [SQLSTATE.invalidColumnReference]: () => UNIQUE_NEEDED,
  // SQL's own words are in the message in every language.
  [SQLSTATE.objectNotInPrerequisiteState]: ({ message }) =>
    message.includes('ON CONFLICT')
      ? UNIQUE_NEEDED
      : ' Where a publication asks for it, run for the table that is named: ALTER TABLE … REPLICA IDENTITY DEFAULT; or without ' +
        'a primary key: ALTER TABLE … REPLICA IDENTITY FULL;',
};

/** The innermost function of the platform in PostgreSQL's context, such as a trigger's. */
const functionIn = (context: string): string =>
  /(?:PL\/pgSQL|SQL) function (?!inline_code_block)("?[\w."]+"?\([^)]*\))/.exec(context)?.[1] ?? '';

// Everything for which a deploy would be refused, found before anything is changed: in five calls, and more only where all
// rows are looked at, by reason of a foreign key, a constraint or a column, or where another run is at work.
import { readObstacles } from '../../database/api-user-sql.ts';
import type { Execute } from '../../database/client.ts';
import type { LedgerEntry } from '../../database/ledger.ts';
import { quote, readPgCatalog, tableOf } from '../../database/pg-catalog.ts';
import { NEEDED_VERSION } from '../../database/pick-sql.ts';
import { RENAME_VERSION } from '../../database/rename-constraint.ts';
import type { Migration } from '../migration-files.ts';
import { type Plan, planMigration } from '../plan.ts';
import { readLedgerOrExplain } from '../read-ledger.ts';
import { retrying } from '../retry.ts';
import { unreachableTables } from '../setup-advice.ts';
import { judgeAnew } from './judge-anew.ts';
import { RENAME } from './key-changes.ts';
import { dependentReasons } from './obstacles.ts';
import { referenceConflicts } from './references.ts';
import { unmetRequirements } from './requirements.ts';
import { tryOut } from './trial.ts';
import { unfitRows } from './unfit-rows.ts';

export interface PreflightOptions {
  /** As the owner. */
  execute: Execute;
  migrations: Migration[];
  target: string;
  /** The API's database user, made or not; none where the owner's rights are what the functions work with. */
  apiUser: string | undefined;
  /** Whether the tables have to be there already. */
  isJoined: boolean;
}

export interface Preflight {
  /** None where the deploy can go ahead. */
  reasons: string[];
  /** Migrations that would fail, each by itself; the run then goes back. */
  failing: string[];
  /** Columns that a trigger of the platform moves when a row is renamed and given back; undefined where no rename was tried. */
  moved: string[] | undefined;
  /** Whether a ledger was there. */
  hadLedger: boolean;
  /** Whether both tables are there and of a shape that can be read. */
  hasTables: boolean;
  /** As it was looked at. */
  ledger: LedgerEntry[];
}

/** Another run is in the way of the trial: it is tried again on what that one has left. */
export const preflight = (options: PreflightOptions): Promise<Preflight> =>
  judgeAnew(
    () => readLedgerOrExplain(options.execute),
    (ledger) => lookOver(options, ledger),
    ({ reasons, failing }) => reasons.length + failing.length > 0,
  );

const lookOver = async (options: PreflightOptions, ledger: LedgerEntry[]): Promise<Preflight> => {
  const { apiUser } = options;
  const execute = retrying(options.execute, 'trial');
  const catalogue = await readPgCatalog(execute);
  const { hasLedger: hadLedger } = catalogue;
  const isNew = !options.isJoined && tableOf(catalogue, 'workspace_secrets') === undefined;
  const { reasons, isKnown } = isNew
    ? { reasons: [], isKnown: false }
    : unmetRequirements(catalogue, apiUser);
  const plan = planMigration(options.migrations, ledger, options.target);
  reasons.push(...(await dependentReasons(options.execute, plan)));
  const lacking = await lackingRight(options.execute, apiUser);
  const pending = pendingOf(plan, ledger);
  if (!isKnown || pending === undefined) {
    return {
      reasons: [...reasons, ...lacking],
      failing: [],
      moved: undefined,
      hadLedger,
      hasTables: isKnown,
      ledger,
    };
  }
  const renames = pending.some(({ version }) => version === RENAME_VERSION);
  if (renames) {
    reasons.push(...(await referenceConflicts(options.execute, catalogue, RENAME)));
    reasons.push(...(await unfitRows(options.execute, catalogue, RENAME)));
  }
  const isFirstTime = (version: string) => ledger.every((entry) => entry.version !== version);
  // The rows that are made to try with would be journaled as of a rename that is done, and given back otherwise.
  const triesRename = renames && isFirstTime(RENAME_VERSION);
  const trial = await tryOut(execute, {
    // What is repeated was undone by the trial of its first time; by now that would undo what real rows have left.
    pending: pending.map((migration) =>
      isFirstTime(migration.version) ? migration : { ...migration, down: [] },
    ),
    renames: triesRename,
    triesApi: options.target >= NEEDED_VERSION,
    apiUser: lacking.length === 0 ? apiUser : undefined,
  });
  lacking.push(...trial.grants.map((statements) => unreachableTables(apiUser, statements)));
  return {
    reasons: [...new Set([...reasons, ...trial.reasons, ...lacking])],
    failing: trial.failing,
    moved: triesRename ? trial.moved : undefined,
    hadLedger,
    hasTables: true,
    ledger,
  };
};

/** What the target would apply; nothing where a version is under way, which was tried when it began. */
const pendingOf = ({ undo, finishUndo, apply }: Plan, ledger: LedgerEntry[]): Migration[] | undefined => {
  const isUnderWay = ledger.some(({ state }) => state === 'applying' || state === 'reverting');
  return isUnderWay || undo.length + finishUndo.length > 0 ? undefined : apply;
};

/** Why the owner may not set up the API's user: a sentence, or none where it may. */
export const lackingRight = async (execute: Execute, apiUser: string | undefined): Promise<string[]> => {
  if (apiUser === undefined) {
    return [];
  }
  const { statement = null, isStranger = false } =
    (await readObstacles(retrying(execute, 'API user'), apiUser)) ?? {};
  if (isStranger) {
    return [
      `The database has a user ${apiUser} already, which owns tables, has rights on tables or is in a group, and is not this service's. ` +
        `A deploy would take its password and its rights away: choose another stackName; or, where it was made for this service, run ` +
        `ALTER ROLE ${quote(apiUser)} NOINHERIT;`,
    ];
  }
  return statement === null
    ? []
    : [
        `The owner in databaseSecretArn may not set up the API's database user ${apiUser}. ` +
          `Run as the cluster's master user, then deploy again: ${statement};`,
      ];
};

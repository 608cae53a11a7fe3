// What would let a run do harm or stop half-way, found before anything is changed: by then, no direction could be finished.
import type { Execute } from '../../database/client.ts';
import { readDependents } from '../../database/dependents.ts';
import { isThrough } from '../../database/ledger.ts';
import { type PgCatalog, readPgCatalog, tableOf } from '../../database/pg-catalog.ts';
import { RENAME_VERSION } from '../../database/rename-constraint.ts';
import type { Step } from '../../database/step.ts';
import { DatabaseSetupError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import { retrying } from '../retry.ts';
import { storedSteps } from '../steps.ts';
import { judgeAnew } from './judge-anew.ts';
import { UNDO } from './key-changes.ts';
import { referenceConflicts } from './references.ts';
import { bothTables, columnReasons, ledgerReasons } from './requirements.ts';
import { tryUndo } from './trial.ts';
import { unfitRows } from './unfit-rows.ts';

const DROPS = /\bDROP (?:TABLE|VIEW|FUNCTION)(?: IF EXISTS)?\s+([a-z_0-9]+(?:\s*,\s*[a-z_0-9]+)*)/g;

type Work = Pick<Plan, 'undo' | 'apply'>;

/** All steps of a plan, but those of a way back that is turned round where it cannot be finished. */
const stepsOf = ({ undo, apply }: Work): Step[] => [
  ...undo.flatMap(({ down }) => storedSteps(down)),
  ...apply.flatMap(({ up }) => up),
];

/** Objects of the platform's without whose end something of the service's cannot be dropped, a sentence each. */
export const dependentReasons = async (execute: Execute, work: Work): Promise<string[]> => {
  const dropped = new Set(
    stepsOf(work).flatMap(({ sql }) =>
      [...sql.matchAll(DROPS)].flatMap(([, names = '']) => names.split(/\s*,\s*/)),
    ),
  );
  const found = await readDependents(retrying(execute, 'dependents'), [...dropped]);
  return found.map(
    ({ dependent, on }) =>
      `The ${dependent} depends on ${on}, which has to be dropped. Drop the ${dependent} first, and make it anew afterwards.`,
  );
};

/**
 * @param readWork what is still to be done; undefined where nothing is
 * @returns the work that nothing obstructs
 * @throws DatabaseSetupError with every reason
 */
export const requireUnobstructed = async (
  execute: Execute,
  readWork: () => Promise<Work | undefined>,
): Promise<Work | undefined> => {
  const { work, reasons } = await findObstacles(execute, readWork);
  if (reasons.length > 0) {
    throw new DatabaseSetupError(`Nothing was changed. ${reasons.join(' ')}`);
  }
  return work;
};

/** What a run would be refused for, and the work that was looked at. */
export const findObstacles = <Found extends Work | undefined>(
  execute: Execute,
  readWork: () => Promise<Found>,
): Promise<{ work: Found; reasons: string[] }> =>
  judgeAnew(
    readWork,
    async (work) => ({ work, reasons: work === undefined ? [] : await obstaclesTo(execute, work) }),
    ({ reasons }) => reasons.length > 0,
  );

const obstaclesTo = async (execute: Execute, work: Work): Promise<string[]> => {
  const catalogue = await readPgCatalog(retrying(execute, 'catalogue'));
  const reasons = [
    ...ledgerReasons(catalogue),
    ...columnReasons(catalogue, renameSteps(catalogue, work)),
    ...(await dependentReasons(execute, work)),
  ];
  // On the tables that the bare names lead to, and with every column that the steps name.
  return reasons.length === 0 ? undoReasons(execute, catalogue, work) : reasons;
};

/**
 * What the platform forbids by now: the way back would drop the history before it met that. One that is under way has met its
 * rows already.
 */
const undoReasons = async (execute: Execute, catalogue: PgCatalog, { undo }: Work): Promise<string[]> => {
  const rename = undo.find((entry) => entry.version === RENAME_VERSION && isThrough(entry));
  return rename === undefined || bothTables(catalogue).length < 2
    ? []
    : [
        ...(await referenceConflicts(execute, catalogue, UNDO)),
        ...(await unfitRows(execute, catalogue, UNDO)),
        ...(await tryUndo(retrying(execute, 'trial'), {
          version: RENAME_VERSION,
          down: storedSteps(rename.down),
        })),
      ];
};

/** Those that meet the platform's table as it is by now: where there is none, an "up" begins with one of its own. */
const renameSteps = (catalogue: PgCatalog, { undo, apply }: Work): Step[] => {
  const isRename = ({ version }: { version: string }) => version === RENAME_VERSION;
  const hasTable = tableOf(catalogue, 'workspace_secrets') !== undefined;
  return stepsOf({ undo: undo.filter(isRename), apply: hasTable ? apply.filter(isRename) : [] });
};

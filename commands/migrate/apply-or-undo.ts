// up and down: carries a migration out and shows how far it is.
import { randomUUID } from 'node:crypto';
import { endKeptSessions } from '../../functions/database/kept-sessions.ts';
import { DatabaseSetupError } from '../../functions/migration/errors.ts';
import { planMigration } from '../../functions/migration/plan.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { countRenames, describeNotGivenBack } from '../../functions/migration/rename/journal.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { run, undoAbove } from '../../functions/migration/run.ts';
import { UsageError } from '../command.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import type { DatabaseToMigrate } from './database.ts';
import { newestVersion } from './newest-version.ts';
import { progressDisplay } from './progress.ts';
import { tryDeploy } from './try-deploy.ts';

const STOPPED = {
  reason: 'Stopped as asked;',
  advice: 'what is done stands, and the next run goes on from there.',
};

export interface ApplyOrUndoOptions {
  direction: 'up' | 'down';
  /** The next deploy's version where it is not said, or the newest. */
  target: string | undefined;
  json: boolean;
}

export const applyOrUndo = async (
  database: DatabaseToMigrate,
  options: ApplyOrUndoOptions,
): Promise<void> => {
  const { execute, migrations, deploy } = database;
  const target = options.target ?? deploy.targetVersion ?? newestVersion(migrations);
  console.error(`Working on the database of ${database.where}.`);
  const applies = await requireDirection(database, options.direction, target);
  const { refusals } = applies ? await tryDeploy(database, target) : { refusals: [] };
  if (refusals.length > 0) {
    refuse(refusals);
    await endKeptSessions(execute);
    return;
  }

  // A wait for a lock or a database is not asked: a second Ctrl-C ends it. The next run goes on from wherever this one stops.
  const stop = stopOnInterrupt('Stopping after the current batch …');
  const startedAt = performance.now();
  const display = progressDisplay(options.json);
  const token = randomUUID();
  const stopReason = () => (stop.asked ? STOPPED : undefined);
  try {
    const go = options.direction === 'up' ? run : undoAbove;
    await go({ execute, token, migrations, stopReason, onLeaseWait, onProgress: display.update }, target);
  } catch (error) {
    if (error instanceof DatabaseSetupError) {
      await endKeptSessions(execute);
    }
    throw error;
  } finally {
    display.end();
  }
  await printResult(database, target, performance.now() - startedAt, options);
};

const onLeaseWait = (limitMs: number): void =>
  console.error(`Another run is migrating; waiting for its end for up to ${limitMs / 1_000} s …`);

/** The deploy that is to follow would be refused, and a platform whose rows are renamed waits for it. */
const refuse = (refusals: readonly string[]): void => {
  for (const refusal of refusals) {
    console.error(`refused          ${refusal}`);
  }
  console.error('Nothing was changed: a deploy would be refused.');
  process.exitCode = EXIT_CODES.deployRefused;
};

/**
 * "up" never undoes what is applied, nor does "down" apply what is pending; what is stale was applied, and stays so. Returns
 * whether anything is to be applied.
 */
const requireDirection = async (
  database: DatabaseToMigrate,
  direction: 'up' | 'down',
  target: string,
): Promise<boolean> => {
  const ledger = await readLedgerOrExplain(database.execute);
  const { undo, apply } = planMigration(database.migrations, ledger, target);
  const above = undo.find(({ version }) => version > target);
  if (direction === 'up' && above !== undefined) {
    throw new UsageError(
      `Version ${above.version} is applied, which is above ${target}. To undo it: down --to ${target}`,
    );
  }
  const stale = ledger.filter(({ state }) => state === 'stale').map(({ version }) => version);
  const pending = apply.find(({ version }) => !stale.includes(version));
  if (direction === 'down' && pending !== undefined) {
    throw new UsageError(`Version ${pending.version} is not applied yet, so there is nothing to go down to.`);
  }
  return direction === 'up' && apply.length > 0;
};

const printResult = async (
  database: DatabaseToMigrate,
  target: string,
  ms: number,
  { direction, json }: ApplyOrUndoOptions,
): Promise<void> => {
  const execute = retrying(database.execute, 'report');
  const counts = await countRenames(execute);
  const notGivenBack = await describeNotGivenBack(execute);
  if (json) {
    console.log(
      JSON.stringify({ version: target, ...counts, notGivenBack, durationMs: Math.round(ms) }, null, 2),
    );
  } else {
    console.log(`The database is at version ${target}, after ${(ms / 1_000).toFixed(1)} s.`);
    if (direction === 'up') {
      console.log(`In the journal: ${counts.renamed} rows renamed, ${counts.superseded} superseded.`);
    }
    if (notGivenBack !== undefined) {
      console.log(`Superseded rows that could not be given back: ${notGivenBack}. See docs/rename.md.`);
    }
  }
};

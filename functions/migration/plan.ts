// What has to be undone and applied so that the database stands at a target version; or why that cannot be.
import type { LedgerEntry } from '../database/ledger.ts';
import { HistoryError } from './errors.ts';
import type { Migration } from './migration-files.ts';

export interface Plan {
  /** What the target does not include, or an earlier form of its file has half applied; in descending order. */
  undo: LedgerEntry[];
  /** What the target includes, and a run has begun to undo; in descending order. */
  finishUndo: { entry: LedgerEntry; migration: Migration }[];
  /** In ascending order; one that is partly applied or stale is among them. */
  apply: Migration[];
}

/**
 * Compares files and ledger. An undo needs no file: the ledger has the statements. A version that is on its way back
 * is brought back wholly before anything else, or turned round where that cannot be done.
 * @throws HistoryError where the target is unknown or below the baseline, an applied file was edited or is missing,
 * or a file was put below what is applied
 */
export const planMigration = (migrations: Migration[], ledger: LedgerEntry[], target: string): Plan => {
  requireKnown(migrations, ledger, target);
  const isLeft = ({ version, state }: LedgerEntry) => version > target || state === 'reverting';
  const kept = ledger.filter((entry) => !isLeft(entry));
  requireUnedited(migrations, kept);

  const migrationOf = ({ version, checksum }: LedgerEntry) =>
    migrations.find((migration) => migration.version === version && migration.checksum === checksum);
  // The steps of an earlier form of the file are other steps: what is half applied goes back by its own.
  const isHalfApplied = ({ state }: LedgerEntry) => state === 'applying' || state === 'reverting';
  const isUndone = (entry: LedgerEntry) =>
    entry.version > target || (isHalfApplied(entry) && migrationOf(entry) === undefined);
  const applied = new Set(kept.filter(({ state }) => state === 'applied').map(({ version }) => version));
  const apply = migrations.filter(({ version }) => version <= target && !applied.has(version));
  requireInOrder(apply, kept);
  const finishUndo = ledger
    .filter((entry) => entry.state === 'reverting' && !isUndone(entry))
    .flatMap((entry) => {
      const migration = migrationOf(entry);
      return migration === undefined ? [] : [{ entry, migration }];
    })
    .reverse();
  return { undo: ledger.filter(isUndone).reverse(), finishUndo, apply };
};

const requireKnown = (migrations: Migration[], ledger: LedgerEntry[], target: string): void => {
  const versions = [...migrations, ...ledger].map(({ version }) => version);
  if (versions.includes(target)) {
    return;
  }
  const baseline = migrations[0]?.version ?? '';
  throw new HistoryError(
    target < baseline
      ? `Version ${target} is below the baseline ${baseline}, which is never undone: the tables may be the platform's own.`
      : `Version ${target} is not known. Known are: ${migrations
          .map(({ version }) => version)
          .slice(-5)
          .join(', ')}.`,
  );
};

const requireUnedited = (migrations: Migration[], kept: LedgerEntry[]): void => {
  for (const { version, name, checksum } of kept) {
    const file = migrations.find((migration) => migration.version === version);
    if (file === undefined) {
      throw new HistoryError(
        `Version ${version} (${name}) is applied, but its file is missing here. Restore it from the release that applied it.`,
      );
    }
    if (file.checksum !== checksum && !file.supersedes.includes(checksum)) {
      throw new HistoryError(
        `${file.file} was changed after it was applied. Restore it, and put the change into a new migration.`,
      );
    }
  }
};

const requireInOrder = (apply: Migration[], kept: LedgerEntry[]): void => {
  const last = kept.filter(({ state }) => state === 'applied').at(-1)?.version ?? '';
  const isKept = ({ version }: Migration) => kept.some((entry) => entry.version === version);
  const below = apply.find((migration) => migration.version < last && !isKept(migration));
  if (below !== undefined) {
    throw new HistoryError(
      `${below.file} is below version ${last}, which is applied already. Give it a version above that.`,
    );
  }
};

// status: every version with its state, the time it was applied, and its rows.
import { RENAME_VERSION } from '../../functions/database/rename-constraint.ts';
import { readLedgerOrExplain } from '../../functions/migration/read-ledger.ts';
import { countRenames } from '../../functions/migration/rename/journal.ts';
import { retrying } from '../../functions/migration/retry.ts';
import { terminalTable } from '../../local/support/terminal-table.ts';
import type { DatabaseToMigrate } from './database.ts';

interface VersionStatus {
  version: string;
  name: string;
  state: string;
  /** ISO 8601, in UTC. */
  finishedAt: string | null;
  /** Of the rename alone. */
  rows?: { renamed: number; superseded: number };
}

export const showStatus = async (database: DatabaseToMigrate, json: boolean): Promise<void> => {
  const versions = await statusOf(database);
  if (json) {
    console.log(JSON.stringify({ versions }, null, 2));
    return;
  }
  const rows = versions.map(({ version, name, state, finishedAt, rows: counts }) => [
    version,
    name,
    state,
    finishedAt?.slice(0, 19).replace('T', ' ') ?? '',
    counts === undefined ? '' : `${counts.renamed} renamed, ${counts.superseded} superseded`,
  ]);
  console.log(terminalTable(['version', 'name', 'state', 'when (UTC)', 'rows'], rows));
};

const statusOf = async (database: DatabaseToMigrate): Promise<VersionStatus[]> => {
  const ledger = await readLedgerOrExplain(database.execute);
  const pending = database.migrations.filter(({ version }) =>
    ledger.every((entry) => entry.version !== version),
  );
  const all = [...ledger, ...pending.map((each) => ({ ...each, state: 'pending', finishedAt: null }))];
  const rows = ledger.some(({ version }) => version === RENAME_VERSION)
    ? await countRenames(retrying(database.execute, 'report'))
    : undefined;
  return all
    .sort((one, other) => one.version.localeCompare(other.version))
    .map(({ version, name, state, finishedAt }) => ({
      version,
      name,
      state,
      // As the Data API has it: in UTC, with a space and no zone.
      finishedAt: finishedAt === null ? null : `${finishedAt.replace(' ', 'T')}Z`,
      ...(version === RENAME_VERSION && rows !== undefined && { rows }),
    }));
};

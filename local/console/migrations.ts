// What the console shows of the migrations: every version of the ledger with its progress, and what the rename did.
import type { Execute } from '../../functions/database/client.ts';
import { readLedger } from '../../functions/database/ledger.ts';
import { RENAME_VERSION } from '../../functions/database/rename-constraint.ts';
import { countRenames } from '../../functions/migration/rename/journal.ts';

export const readMigrations = async (execute: Execute): Promise<object> => {
  const ledger = await readLedger(execute);
  const isRenamed = ledger.some(({ version }) => version === RENAME_VERSION);
  return {
    versions: ledger.map(({ checksum: _, down: __, ...progress }) => progress),
    ...(isRenamed && { rename: await countRenames(execute) }),
  };
};

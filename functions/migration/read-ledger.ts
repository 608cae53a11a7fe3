// How the engine reads the ledger, as it stands; asking changes nothing.
import * as z from 'zod/mini';
import type { Execute } from '../database/client.ts';
import { type LedgerEntry, readLedger } from '../database/ledger.ts';
import { HIDDEN_TABLES } from '../database/own-objects.ts';
import { queryRows } from '../database/rows.ts';
import { DatabaseSetupError } from './errors.ts';
import { explainMissingRight } from './preflight/missing-right.ts';
import { retrying } from './retry.ts';

/** @throws DatabaseSetupError with the statements that let it be read, where a right is missing or its rows are hidden */
export const readLedgerOrExplain = async (execute: Execute): Promise<LedgerEntry[]> => {
  const ledger = await explainMissingRight(execute, readLedger(retrying(execute, 'ledger')));
  if (ledger.length === 0) {
    await requireShown(retrying(execute, 'ledger'));
  }
  return ledger;
};

const Hidden = z.object({ showing: z.string() });

/** What has come onto the service's tables since would otherwise let everything seem to be still to do. */
const requireShown = async (execute: Execute): Promise<void> => {
  const hidden = await queryRows(execute, Hidden, { sql: HIDDEN_TABLES });
  if (hidden.length > 0) {
    throw new DatabaseSetupError(
      `Row-level security is forced on the service's own tables and hides what was migrated. Run: ${hidden.map(({ showing }) => showing).join(' ')}`,
    );
  }
};

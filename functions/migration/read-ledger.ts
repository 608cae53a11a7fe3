// How the engine reads the ledger, as it stands; asking changes nothing.
import type { Execute } from '../database/client.ts';
import { type LedgerEntry, readLedger } from '../database/ledger.ts';
import { explainMissingRight } from './preflight/missing-right.ts';
import { retrying } from './retry.ts';

/** @throws DatabaseSetupError with the statements that give the right to read it, where that is missing */
export const readLedgerOrExplain = (execute: Execute): Promise<LedgerEntry[]> =>
  explainMissingRight(execute, readLedger(retrying(execute, 'ledger')));

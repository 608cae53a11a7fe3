// What a deploy reports of its migration: the stack's outputs and a line in the log.
import type { Report } from '../../contract.ts';
import type { Execute } from '../../database/client.ts';
import { readLedger } from '../../database/ledger.ts';
import type { ModelRules } from '../../model/model-rules.ts';
import type { EncryptionKey } from '../../secrets/encryption-key.ts';
import { DecryptError, SecretUnavailableError } from '../../secrets/errors.ts';
import { retrying } from '../retry.ts';
import { countRenames, describeNotGivenBack } from './journal.ts';
import { countSuspects, type Suspects } from './suspects.ts';

/** Looking through a million renamed rows takes about half of this. */
const SUSPECTS_LIMIT_MS = 60_000;

export interface ReportOptions {
  execute: Execute;
  encryptionKey: EncryptionKey;
  rules: ModelRules;
  startedAt: number;
  /** When the function has to answer (ms since the epoch). */
  deadline: number;
}

/** Rows are counted over what stands applied, not over one run. */
export const report = async (options: ReportOptions): Promise<Omit<Report, 'MovedColumns'>> => {
  const { startedAt } = options;
  const execute = retrying(options.execute, 'report');
  const ledger = await readLedger(execute);
  const { renamed, superseded } = await countRenames(execute);
  const suspects =
    renamed === 0 ? { count: 0, workspaceIds: [] } : await findSuspects({ ...options, execute });
  return {
    Version: ledger.filter(({ state }) => state === 'applied').at(-1)?.version ?? 'none',
    Renamed: String(renamed),
    Superseded: String(superseded),
    Batches: String(ledger.reduce((sum, { batches }) => sum + batches, 0)),
    Suspects: suspects === undefined ? 'not counted' : String(suspects.count),
    SuspectWorkspaces: suspects?.workspaceIds.join(',') || 'none',
    NotGivenBack: (await describeNotGivenBack(execute)) ?? 'none',
    DurationMs: String(Date.now() - startedAt),
  };
};

/**
 * The rename is done by now: where time runs out, or a key cannot be read, the suspects stay uncounted, and the deploy goes
 * on.
 */
const findSuspects = (options: ReportOptions): Promise<Suspects | undefined> => {
  const until = Math.min(Date.now() + SUSPECTS_LIMIT_MS, options.deadline);
  return countSuspects({ ...options, until }).catch((error: unknown) => {
    if (error instanceof DecryptError || error instanceof SecretUnavailableError) {
      return undefined;
    }
    throw error;
  });
};

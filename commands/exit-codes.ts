// What a command ends with, beside 0 for done. The help of each says which of them it has.
import { INTERRUPTED_EXIT_CODE } from '../local/support/end-signals.ts';

export const EXIT_CODES = {
  /** Also where a write of models was refused, or would be. */
  failed: 1,
  wrongUsage: 2,
  /** models: what is wrong with a pick, or values that may need the previous key. */
  found: 3,
  /** migrate: another run has the lease. */
  otherRunner: 3,
  /** migrate: a deploy would be refused, also for files and ledger that disagree. */
  deployRefused: 4,
  interrupted: INTERRUPTED_EXIT_CODE,
} as const;

// How each kind of failure ends the command.
import type { ServiceError } from '../../functions/errors.ts';
import { AnotherRunnerError, HistoryError, NotFinishedError } from '../../functions/migration/errors.ts';

/** The command's words are off; nothing was done. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const exitCodeOf = (error: ServiceError | UsageError): number => {
  if (error instanceof UsageError) {
    return 2;
  }
  if (error instanceof AnotherRunnerError) {
    return 3;
  }
  if (error instanceof HistoryError) {
    return 4;
  }
  return error instanceof NotFinishedError ? 130 : 1;
};

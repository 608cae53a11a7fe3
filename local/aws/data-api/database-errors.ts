// PostgreSQL's errors as the Data API words them.
import { DatabaseError } from 'pg';
import { AwsError, validationError } from '../errors.ts';

const SYNTAX_ERROR = '42601';
// Where PostgreSQL finds a second statement in one message of its extended protocol; the code alone is any syntax error.
const ONE_STATEMENT_CHECK = 'exec_parse_message';

/** Does `work`, and words what goes wrong as the Data API does. @throws AwsError */
export const withAwsErrors = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw toAwsError(error);
  }
};

/**
 * Detail is left out, as on AWS: it can quote a row's values. A login that fails and an unknown database come in the
 * same form as a statement that fails.
 */
const toAwsError = (error: unknown): AwsError => {
  if (error instanceof AwsError) {
    return error;
  }
  if (!(error instanceof DatabaseError)) {
    // Sockets fail with plain errors; a TypeError is a fault of this endpoint and must not look like one of the cluster.
    if (!(error instanceof Error) || error instanceof TypeError) {
      throw error;
    }
    return new AwsError(
      'DatabaseUnavailableException',
      `The writer instance isn't available: ${error.message}`,
      504,
    );
  }
  if (error.code === SYNTAX_ERROR && error.routine === ONE_STATEMENT_CHECK) {
    return validationError("Multistatements aren't supported.");
  }
  const hint = error.hint ? `; Hint: ${error.hint}` : '';
  const position = error.position ? `; Position: ${error.position}` : '';
  return new AwsError(
    'DatabaseErrorException',
    `ERROR: ${error.message}${hint}${position}; SQLState: ${error.code ?? 'XX000'}`,
  );
};

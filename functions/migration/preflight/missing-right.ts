// A right that is missing before anything was looked at: the catalogue, which everybody may read, says whose the tables are.
import type { Execute } from '../../database/client.ts';
import { SQLSTATE, sqlStateOf } from '../../database/failures.ts';
import { readPgCatalog } from '../../database/pg-catalog.ts';
import { DatabaseSetupError } from '../errors.ts';
import { retrying } from '../retry.ts';
import { unmetRequirements } from './requirements.ts';

/** @throws DatabaseSetupError with the statements that mend it, in place of a missing right */
export const explainMissingRight = async <Result>(
  execute: Execute,
  reading: Promise<Result>,
): Promise<Result> => {
  try {
    return await reading;
  } catch (cause) {
    if (sqlStateOf(cause) !== SQLSTATE.insufficientPrivilege) {
      throw cause;
    }
    const { reasons } = unmetRequirements(await readPgCatalog(retrying(execute, 'catalogue')));
    throw reasons.length === 0 ? cause : new DatabaseSetupError(reasons.join(' '), { cause });
  }
};

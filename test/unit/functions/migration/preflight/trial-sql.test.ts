import { expect, it } from 'vitest';
import { apiUserOf } from '../../../../../functions/contract.ts';
import { readMigrationFiles } from '../../../../../functions/migration/migration-files.ts';
import { trialSql } from '../../../../../functions/migration/preflight/trial-sql.ts';
import { MIGRATIONS_DIRECTORY } from '../../../../../lib/project.ts';

/** Characters of one statement that the Data API takes. */
const LONGEST_STATEMENT = 65_536;

it('fits into one call with all migrations and the longest name of a stack', () => {
  const sql = trialSql({
    pending: readMigrationFiles(MIGRATIONS_DIRECTORY),
    renames: true,
    triesApi: true,
    apiUser: apiUserOf('x'.repeat(41)),
  });
  expect(sql.length).toBeLessThanOrEqual(LONGEST_STATEMENT);
});

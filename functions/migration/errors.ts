// Errors of the migration room. They reach CloudFormation, whose answer has 4,096 bytes: each is one short sentence or two.
import { ServiceError } from '../errors.ts';

/** A file in migrations/ is wrong; the deployment's fault, found before the database is touched. */
export class MigrationFileError extends ServiceError {
  override name = 'MigrationFileError';
  override readonly code = 'MIGRATION_FILE';
}

/** The files or the target do not fit what the ledger says was applied. Nothing was touched. */
export class HistoryError extends ServiceError {
  override name = 'HistoryError';
  override readonly code = 'MIGRATION_HISTORY';
}

/** Another runner holds the lease. */
export class AnotherRunnerError extends ServiceError {
  override name = 'AnotherRunnerError';
  override readonly code = 'ANOTHER_RUNNER';

  constructor() {
    super('Another deploy is migrating this database. Wait until it has ended, then deploy again.');
  }
}

/** The time ran out, or the person stopped it; everything done so far stands and the next run goes on from there. */
export class NotFinishedError extends ServiceError {
  override name = 'NotFinishedError';
  override readonly code = 'MIGRATION_NOT_FINISHED';
}

/** A statement failed for a reason that does not pass by itself. */
export class MigrationFailedError extends ServiceError {
  override name = 'MigrationFailedError';
  override readonly code = 'MIGRATION_FAILED';
}

/** Its rows are taken back, or were never touched. */
export class StackDeletedError extends MigrationFailedError {
  constructor() {
    super('The stack was deleted while this deploy ran.');
  }
}

/** Its work is left to it. */
export class OtherStackError extends MigrationFailedError {
  constructor() {
    super(
      "Another stack has begun to migrate this database, and two stacks would undo each other's migrations. Deploy to another database.",
    );
  }
}

/** Nobody waits for it any more, and the rows are those of the release that it would have replaced. */
export class GoneBackError extends MigrationFailedError {
  constructor() {
    super('CloudFormation has gone back meanwhile, since the update was cancelled. Nothing was changed.');
  }
}

/** A lock was not given for two minutes. Who holds it is for the caller to ask, who knows the table. */
export class LockedError extends MigrationFailedError {
  constructor(what: string, options: ErrorOptions) {
    super(
      `${what}: another session has held a lock for two minutes. Find it in pg_locks and pg_stat_activity, end it, then run again.`,
      options,
    );
  }
}

/** The database that was named is not one that can be migrated; the message says what to mend. */
export class DatabaseSetupError extends ServiceError {
  override name = 'DatabaseSetupError';
  override readonly code = 'DATABASE_SETUP';
}

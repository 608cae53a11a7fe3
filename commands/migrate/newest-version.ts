// What a database is brought to where no version is named.
import type { Migration } from '../../functions/migration/migration-files.ts';
import { UsageError } from '../command.ts';

/** @throws UsageError where there is no migration */
export const newestVersion = (migrations: readonly Migration[]): string => {
  const newest = migrations.at(-1);
  if (newest === undefined) {
    throw new UsageError('There are no migrations.');
  }
  return newest.version;
};

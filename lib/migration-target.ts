// What the deploy has to know of migrations/: the version to bring the database to, and a hash of the files. They are
// read as the migrate function reads them, so the synth refuses what the function would refuse.
import { ServiceError } from '../functions/errors.ts';
import { hashOf, type Migration, readMigrationFiles } from '../functions/migration/migration-files.ts';
import { ContextError } from './context-error.ts';

export interface MigrationTarget {
  version: string;
  /** Changes whenever any of the files does. */
  hash: string;
}

/** @throws ContextError where a file is wrong, or where the wanted version is none of the folder's. */
export const readMigrationTarget = (folder: string, wantedVersion?: string): MigrationTarget => {
  const migrations = readFiles(folder);
  const versions = migrations.map(({ version }) => version);
  const version = wantedVersion ?? versions.at(-1);
  if (version === undefined) {
    throw new ContextError(`${folder} holds no file <14 digits>_<name>.up.sql.`);
  }
  if (!versions.includes(version)) {
    throw new ContextError(
      `targetVersion is ${version}, which migrations/ does not hold; write one of ${versions.join(', ')}.`,
    );
  }
  return { version, hash: hashOf(migrations) };
};

const readFiles = (folder: string): Migration[] => {
  try {
    return readMigrationFiles(folder);
  } catch (error) {
    throw error instanceof ServiceError ? new ContextError(error.message) : error;
  }
};

// What the deploy has to know of migrations/: its versions, and a hash that changes whenever any of its files does.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContextError } from './context.ts';

const UP_FILE = /^(\d{14})_.+\.up\.sql$/;

export interface MigrationTarget {
  version: string;
  hash: string;
}

/** @throws ContextError where the wanted version is none of the folder's. */
export const readMigrationTarget = (folder: string, wantedVersion?: string): MigrationTarget => {
  const files = readdirSync(folder).sort();
  const versions = files.flatMap((file) => UP_FILE.exec(file)?.[1] ?? []);
  const version = wantedVersion ?? versions.at(-1);
  if (version === undefined) {
    throw new Error(`${folder} holds no file <14 digits>_<name>.up.sql.`);
  }
  if (!versions.includes(version)) {
    throw new ContextError(
      `targetVersion is ${version}, which migrations/ does not hold; write one of ${versions.join(', ')}.`,
    );
  }
  const hash = createHash('sha256');
  for (const file of files) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
      .update('\0');
  }
  return { version, hash: hash.digest('hex') };
};

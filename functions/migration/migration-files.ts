// The files in migrations/, read, checked, split and hashed: by the function, the command, the local stack, and by the
// synth, which refuses what the function would refuse.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Step } from '../database/step.ts';
import { MigrationFileError } from './errors.ts';
import { splitSteps, supersededChecksums } from './steps.ts';

const FILE = /^(\d{14})_([a-z0-9_]+)\.(up|down)\.sql$/;

export interface Migration {
  /** 14 digits that order the migrations. */
  version: string;
  name: string;
  /** The up file's name, for messages. */
  file: string;
  /** SHA-256 of the up file, in hex. */
  checksum: string;
  /** Checksums of earlier forms of the up file, with the same effect. */
  supersedes: string[];
  /** SHA-256 of both files. */
  hash: string;
  up: Step[];
  down: Step[];
}

/** All migrations of a directory in ascending order. @throws MigrationFileError naming the file that is wrong */
export const readMigrationFiles = (directory: string): Migration[] => {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const stray = files.find((file) => !FILE.test(file));
  if (stray !== undefined) {
    throw new MigrationFileError(`${stray}: a migration is named <14 digits>_<name>.up.sql or .down.sql.`);
  }
  const migrations = files
    .filter((file) => file.endsWith('.up.sql'))
    .map((file) => readMigration(directory, file));
  const twice = migrations.find(({ version }, index) => version === migrations[index + 1]?.version);
  if (twice !== undefined) {
    throw new MigrationFileError(`${twice.file}: its version is used by another file, too.`);
  }
  const lonely = files.find((file) => !files.includes(file.replace('.down.sql', '.up.sql')));
  if (lonely !== undefined) {
    throw new MigrationFileError(`${lonely}: there is no .up.sql beside it.`);
  }
  return migrations;
};

/** Where the files are: relative names count from the function's own folder. */
export const migrationsDirectory = (directory: string): string =>
  resolve(process.env['LAMBDA_TASK_ROOT'] ?? '.', directory);

/** Changes whenever any of the files does. */
export const hashOf = (migrations: readonly Migration[]): string =>
  sha256(...migrations.flatMap(({ file, hash }) => [file, hash]));

const readMigration = (directory: string, file: string): Migration => {
  const [, version = '', name = ''] = FILE.exec(file) ?? [];
  const down = file.replace('.up.sql', '.down.sql');
  const sql = readSql(directory, file);
  const downSql = readSql(directory, down);
  const up = splitSteps(sql, file);
  if (up.length === 0) {
    throw new MigrationFileError(`${file}: the file holds no statement.`);
  }
  return {
    version,
    name,
    file,
    checksum: sha256(sql),
    supersedes: supersededChecksums(sql),
    hash: sha256(sql, downSql),
    up,
    down: splitSteps(downSql, down),
  };
};

/** One text is hashed as it is, as `sha256sum` does; several are kept apart. */
const sha256 = (...texts: string[]): string => createHash('sha256').update(texts.join('\0')).digest('hex');

/** With the line ends of the repository, which Git on Windows checks out otherwise: a checksum is the same everywhere. */
const readSql = (directory: string, file: string): string => {
  try {
    return readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n');
  } catch (cause) {
    throw new MigrationFileError(`${file}: the file is missing; each migration has an up and a down file.`, {
      cause,
    });
  }
};

// Where the project's files are, and which of its migrations is the first.
import { join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '..');

/** The folder of SQL files, in the project and, under the same name, in the bundle of migrate. */
export const MIGRATIONS_FOLDER = 'migrations';
export const MIGRATIONS_DIRECTORY = join(projectRoot, MIGRATIONS_FOLDER);
/** The version that adopts the platform's tables as they are. */
export const BASELINE = '00000000000000';

// A file in each directory that the local stack has made: it uses and removes no directory without it.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asStartError, StartError } from './start-error.ts';

const MARK = '.made-by-the-local-stack';

/**
 * Makes a directory of the stack's own, or takes one that it made before. `names` are those that it will write there.
 * @throws StartError where one of them is there already, in a directory of somebody else's
 */
export const claimOwnDirectory = (
  directory: string,
  { mode, names }: { mode: number; names?: readonly string[] },
): void => {
  const foreign = entriesOf(directory, mode).filter((name) => names === undefined || names.includes(name));
  // Looked for afterwards: another start may just have made the directory its own, and written into it.
  if (hasMark(directory)) {
    return;
  }
  if (foreign.length > 0) {
    throw new StartError(
      `${directory} holds ${foreign.join(', ')}, which no local stack has made. Nothing was touched. ` +
        'Move them away, or set LOCAL_DIR to another directory.',
    );
  }
  mark(directory);
};

export const mark = (directory: string): void =>
  writeFileSync(
    join(directory, MARK),
    'Made by the local stack: npm start -- --fresh removes what it keeps here.\n',
  );

/** @throws StartError where somebody else has made it */
export const removeOwnDirectory = (directory: string): void => {
  if (existsSync(directory) && !hasMark(directory)) {
    throw new StartError(
      `${directory} does not have the mark of this stack, so it is not removed. Remove it yourself, or move it away.`,
    );
  }
  rmSync(directory, { recursive: true, force: true });
};

const entriesOf = (directory: string, mode: number): string[] => {
  try {
    mkdirSync(directory, { recursive: true, mode });
    return readdirSync(directory);
  } catch (error) {
    throw asStartError(error, directory);
  }
};

const hasMark = (directory: string): boolean => existsSync(join(directory, MARK));

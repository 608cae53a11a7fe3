// Files that the stack keeps: readable by their owner only, never half written, and with words where one is unusable.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { asStartError } from './start-error.ts';

/** Nothing where there is no such file. @throws StartError where it cannot be read */
export const readOwnFile = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return undefined;
    }
    throw asStartError(error, path);
  }
};

/** Overwrites what is there. @throws StartError where it cannot be written */
export const writeOwnFile = (path: string, content: string): void => {
  put(path, content, renameSync);
};

/** False, and nothing is changed, where there is such a file already. @throws StartError where it cannot be written */
export const createOwnFile = (path: string, content: string): boolean => put(path, content, linkSync);

/** @throws StartError where something else than a file is in its place */
export const removeOwnFile = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw asStartError(error, path);
  }
};

const put = (path: string, content: string, place: (from: string, to: string) => void): boolean => {
  const unfinished = `${path}.${process.pid}`;
  try {
    writeFileSync(unfinished, content, { mode: 0o600 });
    place(unfinished, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw asStartError(error, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
};

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

// A place for the server's files, and for its programs if need be, that the account which runs it can reach.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ServerAccount } from './server-account.ts';

export interface ServerFiles {
  /** Owned by the server's account; PostgreSQL's data directory is `data` in it. */
  home: string;
  /** The directory that holds `bin`, `lib` and `share`. */
  binaries: string;
}

/**
 * As a rule both stay where they are: `<state>/postgres` and node_modules. Where root's clone lies in a directory that
 * only root may enter, the server's account can reach neither; then they go to a directory of the system's, named by
 * a hash of the state directory so that the next start finds it again.
 */
export const placeServerFiles = (
  state: string,
  binaries: string,
  account: ServerAccount | undefined,
): ServerFiles => {
  if (account === undefined) {
    return { home: makeHome(join(state, 'postgres')), binaries };
  }

  const stateIsReachable = canEnter(state, account);
  const outside = outsideDirectory(state, account);
  const home = makeHome(stateIsReachable ? join(state, 'postgres') : join(outside, 'postgres'), account);
  if (canEnter(join(binaries, 'bin'), account)) {
    return { home, binaries };
  }

  const copy = join(stateIsReachable ? state : outside, 'postgres-binaries');
  copyOnce(binaries, copy);
  return { home, binaries: copy };
};

/** Removes what `placeServerFiles` made for a state directory, wherever it was. The server must be stopped. */
export const removeServerFiles = (state: string, account: ServerAccount | undefined): void => {
  for (const name of ['postgres', 'postgres-binaries', 'postgres-password']) {
    rmSync(join(state, name), { recursive: true, force: true });
  }
  if (account !== undefined) {
    rmSync(outsideDirectory(state, account), { recursive: true, force: true });
  }
};

/** Every directory on the way has to grant passage: to its owner, its group or everyone. */
const canEnter = (path: string, account: ServerAccount): boolean => {
  const { mode, uid, gid } = statSync(path);
  const passage = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & passage) === 0) {
    return false;
  }
  return dirname(path) === path || canEnter(dirname(path), account);
};

const outsideDirectory = (state: string, account: ServerAccount): string => {
  // /var/tmp comes first because it survives a reboot, as the rest of the state does.
  const parent = ['/var/tmp', tmpdir(), '/tmp'].find((path) => existsSync(path) && canEnter(path, account));
  if (parent === undefined) {
    throw new Error('No temporary directory can be entered by the account that runs PostgreSQL.');
  }
  const hash = createHash('sha256').update(resolve(state)).digest('hex').slice(0, 16);
  return join(parent, `workspace-model-service-${hash}`);
};

const makeHome = (home: string, account?: ServerAccount): string => {
  makeOwn(dirname(home));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (account !== undefined) {
    chownSync(home, account.uid, account.gid);
  }
  return home;
};

/** Its name can be guessed, so somebody else may have made it first; nothing of theirs is run or trusted. */
const makeOwn = (directory: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${directory} belongs to somebody else; remove it and start again.`);
  }
};

const copyOnce = (from: string, to: string): void => {
  if (existsSync(to)) {
    return;
  }
  const unfinished = `${to}.${process.pid}`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, to);
};

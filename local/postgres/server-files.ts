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
import { claimOwnDirectory, mark, removeOwnDirectory } from '../support/mark.ts';
import { readOwnFile } from '../support/own-file.ts';
import { StartError } from '../support/start-error.ts';
import { type ServerAccount, serverAccounts } from './server-account.ts';

export interface ServerFiles {
  /** Owned by the server's account; PostgreSQL's data directory is `data` in it. */
  home: string;
  /** The directory that holds `bin`, `lib` and `share`. */
  binaries: string;
}

export const PASSWORD_FILE = 'postgres-password';
export const SERVER_LOG = 'postgres.log';

/** Names the data directory, where that is outside. */
export const PLACE_FILE = 'postgres-place';

/** What a server has in its state directory. */
export const SERVER_FILES = ['postgres', 'postgres-binaries', PASSWORD_FILE, SERVER_LOG, PLACE_FILE];

/** Who runs the server, or nothing where the current account will do: who owns the data, as the first choice may have come since. */
export const findServerAccount = (state: string): ServerAccount | undefined => {
  const accounts = serverAccounts();
  return accounts.find((account) => ownerOf(findData(state, account)) === account.uid) ?? accounts[0];
};

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
  const place = placeOf(state, account);
  if (place !== state) {
    makeOwn(place);
  }
  const home = homeIn(place);
  claimOwnDirectory(home, { mode: 0o700 });
  if (account === undefined) {
    return { home, binaries };
  }
  requireOwnData(home, account);
  chownSync(home, account.uid, account.gid);
  if (canEnter(join(binaries, 'bin'), account)) {
    return { home, binaries };
  }
  const copy = join(place, 'postgres-binaries');
  copyOnce(binaries, copy);
  return { home, binaries: copy };
};

/** Root would take the data away from the user who made it, and could not start the server on it. */
const requireOwnData = (home: string, account: ServerAccount): void => {
  const data = dataIn({ home });
  const owner = ownerOf(data);
  if (owner !== undefined && owner !== account.uid) {
    throw new StartError(
      `${data} was made by the user with the id ${owner}. Start as that user, or set LOCAL_DIR to another directory.`,
    );
  }
};

const ownerOf = (data: string): number | undefined => statSync(data, { throwIfNoEntry: false })?.uid;

/** PostgreSQL's data directory. */
export const dataIn = ({ home }: Pick<ServerFiles, 'home'>): string => join(home, 'data');

/** Where the data directory is, or would be, for a state directory. */
export const findData = (state: string, account: ServerAccount | undefined): string =>
  dataIn({ home: homeIn(placeOf(state, account)) });

/**
 * Removes what `placeServerFiles` made for a state directory, wherever it was. The server must be stopped.
 * @throws StartError for a directory that somebody else has made
 */
export const removeServerFiles = (state: string, account: ServerAccount | undefined): void => {
  const places = account === undefined ? [state] : [state, outsideDirectory(state, account)];
  for (const place of places) {
    removeOwnDirectory(homeIn(place));
    removeOwnDirectory(join(place, 'postgres-binaries'));
  }
  for (const place of places.slice(1)) {
    rmSync(place, { recursive: true, force: true });
  }
  const before = readOwnFile(join(state, PLACE_FILE));
  if (before !== undefined && existsSync(before)) {
    // Perhaps of a directory that this one was copied from.
    console.error(
      `${before} is left: it was made for another path. Remove it where nothing uses it any more.`,
    );
  }
  for (const name of [PASSWORD_FILE, SERVER_LOG, PLACE_FILE]) {
    rmSync(join(state, name), { force: true });
  }
};

/** Of the server's own files, in its state directory or outside. */
export const homeIn = (place: string): string => join(place, 'postgres');

const placeOf = (state: string, account: ServerAccount | undefined): string =>
  account === undefined || canEnter(state, account) ? state : outsideDirectory(state, account);

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
  const hash = createHash('sha256').update(resolve(state)).digest('hex').slice(0, 16);
  const places = PARENTS.filter((path) => existsSync(path) && canEnter(path, account)).map((path) =>
    join(path, `workspace-model-service-${hash}`),
  );
  const place = places.find((each) => existsSync(dataIn({ home: homeIn(each) }))) ?? places[0];
  if (place === undefined) {
    throw new StartError(`The account that runs PostgreSQL can enter none of ${PARENTS.join(', ')}.`);
  }
  return place;
};

/** The first is the one that nothing clears after a while; release 1.0 took the next one. */
const PARENTS = ['/var/lib', '/var/tmp', tmpdir(), '/tmp'];

/** Its name can be guessed, so somebody else may have made it first; nothing of theirs is run or trusted. */
const makeOwn = (directory: string): void => {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new StartError(`${directory} belongs to somebody else; remove it and start again.`);
  }
};

const copyOnce = (from: string, to: string): void => {
  if (existsSync(to)) {
    return;
  }
  const unfinished = `${to}.${process.pid}`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  chmodSync(unfinished, 0o755);
  mark(unfinished);
  renameSync(unfinished, to);
};

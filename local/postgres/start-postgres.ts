// A PostgreSQL server of our own, on loopback, that ends when the process that started it ends, and not before.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { freePort } from '../support/listen.ts';
import { readOwnFile, writeOwnFile } from '../support/own-file.ts';
import { StartError } from '../support/start-error.ts';
import { findBinaries } from './binaries.ts';
import { initialiseData, SUPERUSER, unfinishedData } from './initialise-data.ts';
import type { ServerAccount } from './server-account.ts';
import {
  dataIn,
  findServerAccount,
  homeIn,
  PASSWORD_FILE,
  PLACE_FILE,
  placeServerFiles,
  SERVER_LOG,
  type ServerFiles,
} from './server-files.ts';
import { ServerProcess } from './server-process.ts';
import { stopStaleServer } from './stale-server.ts';

export interface PostgresOptions {
  /** Where the server keeps its data, password and log; made if missing. */
  directory: string;
  /** False leaves out every write to disk that only matters when the machine crashes. */
  durable: boolean;
  /** More of the server's settings, as `shared_buffers=2GB`. */
  settings?: string[];
}

export interface Postgres {
  /** Of the superuser, in the database `postgres`. */
  url: string;
  /** The directory with its data, where that is not in the one that was given. */
  outside: string | undefined;
  close(): Promise<void>;
}

const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
// No unix socket: its path has a length limit, and nothing here uses it.
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  // Two-phase commit, which platforms may use.
  'max_prepared_transactions=10',
];

/** @throws StartError where the server's files are gone, damaged or somebody else's */
export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const account = findServerAccount(directory);
  const files = placeServerFiles(directory, findBinaries(), account);
  await stopStaleServer(dataIn(files));
  const password = await openData(directory, files, account);
  const outside = dirname(files.home) === directory ? undefined : dataIn(files);
  if (outside !== undefined) {
    writeOwnFile(join(directory, PLACE_FILE), outside);
  }

  const port = await freePort();
  const settings = [
    ...SETTINGS,
    `port=${port}`,
    ...(options.durable ? [] : NOT_DURABLE),
    ...(options.settings ?? []),
  ];
  const server = new ServerProcess({ files, settings, log: join(directory, SERVER_LOG), account });
  await server.start();
  return {
    // The server has no TLS, whatever PGSSLMODE asks of others.
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    outside,
    close: () => server.stop(),
  };
};

/** Makes the data where there is none yet. Returns the superuser's password. @throws StartError where a part is gone */
const openData = async (
  directory: string,
  files: ServerFiles,
  account: ServerAccount | undefined,
): Promise<string> => {
  const file = join(directory, PASSWORD_FILE);
  const data = dataIn(files);
  const kept = readOwnFile(file);
  if (existsSync(data)) {
    if (kept) {
      return kept;
    }
    const what = kept === undefined ? 'gone' : 'empty';
    throw new StartError(
      `${file} is ${what}, and the data in ${data} cannot be used without it. Restore it, or begin again with --fresh.`,
    );
  }
  // A start that was interrupted had the password before its data was in place.
  if (kept !== undefined && !existsSync(unfinishedData(files))) {
    throw new StartError(`${data} is gone. ${restoring(directory, data)}, or begin again with --fresh.`);
  }
  const password = randomBytes(24).toString('base64url');
  await initialiseData(files, password, account, () => writeOwnFile(file, password));
  return password;
};

/** How to bring back data that is gone: outside, its place goes by the path of the directory, and by whether it can be entered. */
const restoring = (directory: string, data: string): string => {
  const places = [readOwnFile(join(directory, PLACE_FILE)), dataIn({ home: homeIn(directory) })];
  const before = places.find((place) => place !== undefined && place !== data && existsSync(place));
  return before !== undefined
    ? `Before ${directory} was moved, or its rights were changed, it was ${before}: move that`
    : 'Restore it';
};

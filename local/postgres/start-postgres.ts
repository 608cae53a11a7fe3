// A PostgreSQL server of our own, on loopback, that ends when the process that started it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../support/listen.ts';
import { findBinaries } from './binaries.ts';
import { initialiseData, SUPERUSER } from './initialise-data.ts';
import { findServerAccount, type ServerAccount } from './server-account.ts';
import { placeServerFiles, type ServerFiles } from './server-files.ts';
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
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const PASSWORD_FILE = 'postgres-password';
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
// No unix socket: its path has a length limit, and nothing here uses it.
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300'];

// The shell's standard input is a pipe from this process. When the pipe breaks, because this process asked for it or
// was killed, `read` returns and PostgreSQL is told to stop: fast, without waiting for its clients.
const RUN_WHILE_PARENT_LIVES = '"$0" "$@" & read -r _; kill -INT $!; wait $!';

export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const account = findServerAccount();
  const files = placeServerFiles(directory, findBinaries(), account);
  const data = join(files.home, 'data');
  await stopStaleServer(data);
  // Without its password the data is of no use: somebody removed the state directory, but not what lies outside it.
  if (!existsSync(join(directory, PASSWORD_FILE))) {
    rmSync(data, { recursive: true, force: true });
  }
  const password = keptPassword(directory);
  if (!existsSync(data)) {
    await initialiseData(files, data, password, account);
  }

  const port = await freePort();
  const settings = [
    ...SETTINGS,
    `port=${port}`,
    ...(options.durable ? [] : NOT_DURABLE),
    ...(options.settings ?? []),
  ];
  const log = join(directory, 'postgres.log');
  const server = spawnServer(
    files,
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    log,
    account,
  );
  const exited = once(server, 'exit');
  await untilReady(server, data, log);

  return {
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`,
    close: async () => {
      server.ref();
      server.stdin?.destroy();
      await exited;
    },
  };
};

const keptPassword = (directory: string): string => {
  const file = join(directory, PASSWORD_FILE);
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
};

const spawnServer = (
  files: ServerFiles,
  args: string[],
  log: string,
  account: ServerAccount | undefined,
): ChildProcess => {
  const output = openSync(log, 'a', 0o600);
  const server = spawn(
    '/bin/sh',
    ['-c', RUN_WHILE_PARENT_LIVES, join(files.binaries, 'bin/postgres'), ...args],
    {
      ...account,
      cwd: files.home,
      env: {},
      stdio: ['pipe', output, output],
      // A process group of its own, so that Ctrl-C reaches this process first and it can end things in order.
      detached: true,
    },
  );
  closeSync(output);
  // It must not keep this process alive by itself: whoever forgets to close it still ends.
  server.unref();
  return server;
};

/** PostgreSQL writes its state into the eighth line of its pid file. */
const untilReady = async (server: ChildProcess, data: string, log: string): Promise<void> => {
  const pidFile = join(data, 'postmaster.pid');
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8').split('\n')[7]?.trim() !== 'ready') {
    if (server.exitCode !== null || server.signalCode !== null || Date.now() > deadline) {
      server.stdin?.destroy();
      throw new Error(
        `PostgreSQL did not start:\n${readFileSync(log, 'utf8').split('\n').slice(-10).join('\n')}`,
      );
    }
    await wait(20);
  }
};

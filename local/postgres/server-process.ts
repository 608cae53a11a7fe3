// The server's process: started, watched, started again where it ends by itself, and stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readOwnFile } from '../support/own-file.ts';
import { commandOf } from '../support/processes.ts';
import { StartError } from '../support/start-error.ts';
import type { ServerAccount } from './server-account.ts';
import { dataIn, type ServerFiles } from './server-files.ts';

export interface ServerProcessOptions {
  files: ServerFiles;
  /** As `port=5432`. */
  settings: string[];
  /** The file that the server's output is appended to. */
  log: string;
  account: ServerAccount | undefined;
}

const READY_TIMEOUT_MS = 30_000;
const RESTART_PAUSE_MS = 1_000;

// The shell's standard input is a pipe from this process. When the pipe breaks, because this process asked for it or was
// killed, `read` returns and PostgreSQL is told to stop: fast, without waiting for its clients. The shell ends with it.
const RUN_WHILE_PARENT_LIVES = [
  'exec 3<&0',
  '"$0" "$@" </dev/null 3<&- & server=$!',
  '(read -r _ <&3; kill -INT $server) & watch=$!',
  'exec 3<&-; wait $server; code=$?',
  'kill $watch 2>/dev/null; exit $code',
].join('\n');

export class ServerProcess {
  readonly #options: ServerProcessOptions;
  #shell: ChildProcess | undefined;
  #stopping = false;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Returns when the server takes connections. @throws StartError with the server's own words where it does not */
  async start(): Promise<void> {
    const { log } = this.#options;
    const logged = existsSync(log) ? statSync(log).size : 0;
    const shell = this.#spawn();
    const exited = once(shell, 'exit');
    this.#shell = shell;
    await untilReady(shell, dataIn(this.#options.files)).catch(() => {
      const reason = hasEnded(shell)
        ? `PostgreSQL does not start: ${reasonIn(log, logged)} ${log} has more. Restore its data, or begin again with --fresh.`
        : `PostgreSQL is not ready after ${READY_TIMEOUT_MS / 1_000} s. ${log} may say why. Start again.`;
      shell.stdin?.destroy();
      throw new StartError(reason);
    });
    exited.then(() => this.#startAgain());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const shell = this.#shell;
    if (shell === undefined || hasEnded(shell)) {
      return;
    }
    const exited = once(shell, 'exit');
    shell.ref();
    shell.stdin?.destroy();
    await exited;
  }

  /** A full disk or a kill ends the server; it must not end what runs over it. */
  async #startAgain(): Promise<void> {
    while (!this.#stopping) {
      console.error('PostgreSQL has ended. It is started again.');
      await wait(RESTART_PAUSE_MS, undefined, { ref: false });
      try {
        if (!this.#stopping) {
          await this.start();
          console.error('PostgreSQL runs again.');
        }
        return;
      } catch (error) {
        console.error(error instanceof StartError ? error.reason : error);
      }
    }
  }

  #spawn(): ChildProcess {
    const { files, settings, log, account } = this.#options;
    const output = openSync(log, 'a', 0o600);
    const args = ['-D', dataIn(files), ...settings.flatMap((setting) => ['-c', setting])];
    const shell = spawn(
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
    // It must not keep this process alive by itself: a program that forgets to close it still ends.
    shell.unref();
    return shell;
  }
}

/**
 * One that recovers after a crash takes as long as that takes: stopped, it would begin again at the next start.
 * @throws where it has ended, or does not get as far in time
 */
const untilReady = async (shell: ChildProcess, data: string): Promise<void> => {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let isSaid = false;
  for (let state = stateOf(data); state !== 'ready'; state = stateOf(data)) {
    const isLate = performance.now() > deadline;
    if (hasEnded(shell) || (isLate && state !== 'starting')) {
      throw new Error('The server is not ready.');
    }
    if (isLate && !isSaid) {
      console.error('PostgreSQL still recovers its data, which is waited for.');
      isSaid = true;
    }
    await wait(20);
  }
};

/** PostgreSQL writes its state into the eighth line of its pid file. One that was killed has left its file behind. */
const stateOf = (data: string): string | undefined => {
  const lines = readOwnFile(join(data, 'postmaster.pid'))?.split('\n');
  return commandOf(Number(lines?.[0])).includes(data) ? lines?.[7]?.trim() : undefined;
};

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** The server's complaint since it was started: the one that ended it, or the last one. */
const reasonIn = (log: string, from: number): string => {
  const text = readFileSync(log).subarray(from).toString('utf8');
  const fatal = /(?:FATAL|PANIC|postgres): +(.*)/.exec(text)?.[1];
  return `${fatal ?? text.trim().split('\n').at(-1)}.`;
};

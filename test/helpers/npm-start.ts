// Runs the real `npm start` in a state directory of its own, and tells what processes it has left.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import { ENDPOINTS_FILE, Endpoints } from '../../local/start/endpoints.ts';
import { commandOf } from '../../local/support/processes.ts';
import { pressCtrlC } from './command-line.ts';
import { eventually } from './eventually.ts';
import { makeOwnDirectory, removeOwnDirectory } from './own-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningStart {
  directory: string;
  process: ChildProcess;
  interrupt: () => void;
  /** What it has printed so far, both streams. */
  output: () => string;
  /** The exit code, once it has ended. */
  ended: Promise<number | null>;
}

type Start = (flags?: string[], variables?: Record<string, string>) => RunningStart;

/** For the tests of a file: each has a state directory of its own, and whatever it has started ends with it. */
export const useNpmStart = (): { start: Start; directory: () => string } => {
  let directory: string;
  let started: RunningStart[];

  beforeEach(() => {
    directory = makeOwnDirectory();
    started = [];
  });

  afterEach(async () => {
    for (const { process: child, ended } of started) {
      child.kill('SIGTERM');
      await ended;
    }
    await eventually('the end of every process', () => processesNaming(directory)).toEqual([]);
    await removeOwnDirectory(directory);
  });

  return {
    directory: () => directory,
    start: (flags = [], variables = {}) => {
      const running = npmStart(directory, flags, variables);
      started.push(running);
      return running;
    },
  };
};

/** The packages are installed already, or this test would not run: so npm is told to leave out `prestart`. */
const npmStart = (directory: string, flags: string[], variables: Record<string, string>): RunningStart => {
  const child = spawn('npm', ['start', '--silent', '--ignore-scripts', '--', ...flags], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      API_PORT: '0',
      AWS_PORT: '0',
      LOCAL_DIR: directory,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group, as a terminal gives it to a command.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    directory,
    process: child,
    interrupt: () => pressCtrlC(child),
    output: () => output,
    ended: once(child, 'close').then(([code]) => code),
  };
};

/** Waits for the line that starts with `ready`; what it then finds in the file of endpoints. */
export const untilReady = async (start: RunningStart) => {
  const ended = start.ended.then(() => {
    throw new Error(`npm start ended:\n${start.output()}`);
  });
  ended.catch(() => {});
  while (!/^ready/m.test(start.output())) {
    const { stdout } = start.process;
    if (stdout !== null) {
      await Promise.race([once(stdout, 'data'), ended]);
    }
  }
  return Endpoints.strict().parse(JSON.parse(readFileSync(join(start.directory, ENDPOINTS_FILE), 'utf8')));
};

/** Waits for its end, with one sentence. */
export const expectStartRefused = async (start: RunningStart, words: RegExp): Promise<void> => {
  expect(await start.ended).toBe(1);
  expect(start.output().trim()).toMatch(words);
  expect(start.output().trim().split('\n')).toHaveLength(1);
};

/** Commands of living processes that name this directory. Linux only: elsewhere it finds none. */
export const processesNaming = (directory: string): string[] => {
  if (process.platform !== 'linux') {
    return [];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandOf(Number(pid)))
    .filter((command) => command.includes(directory));
};

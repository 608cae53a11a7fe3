// The commands as processes of their own, against a test's local stack.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, onTestFinished } from 'vitest';
import { ENDPOINTS_FILE, endpointsOf } from '../../local/start/endpoints.ts';
import type { TestStack } from './local-stack.ts';

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

type CommandName = 'console' | 'migrate' | 'models';

/** A directory with what the commands read of a running local stack; for LOCAL_DIR. */
export const localDirectoryOf = (stack: TestStack): string => {
  const directory = mkdtempSync(join(tmpdir(), 'command-line-'));
  writeFileSync(join(directory, ENDPOINTS_FILE), JSON.stringify(endpointsOf(stack, stack.databaseUrl, [])));
  return directory;
};

/** A stack for the commands of a test file, with the directory that they read; both end with the file. */
export const forCommands = async <Stack extends TestStack>(starting: Promise<Stack>) => {
  const stack = await starting;
  const directory = localDirectoryOf(stack);
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await stack.close();
  });
  return { stack, directory };
};

export const spawnCommand = (
  name: CommandName,
  args: string[],
  localDirectory: string,
  environment: Record<string, string> = {},
) =>
  spawn(process.execPath, [`commands/${name}.ts`, ...args], {
    env: { ...process.env, ...environment, LOCAL_DIR: localDirectory },
  });

/** As `sh` of macOS, it gives its place to the command, which npm's signals then reach. Debian's `sh` keeps them back. */
export const REPLACED_SHELL = { npm_config_script_shell: 'bash' };

/**
 * By npm itself, as the group of processes that a terminal makes of it; ended with the test. The packages are installed
 * already, or this test would not run: so npm is told to leave out what it runs before.
 */
export const spawnNpm = (
  name: CommandName,
  args: string[],
  localDirectory: string,
  environment: Record<string, string> = {},
) => {
  const child = spawn('npm', ['run', '--silent', '--ignore-scripts', name, '--', ...args], {
    env: { ...process.env, ...REPLACED_SHELL, ...environment, LOCAL_DIR: localDirectory },
    detached: true,
  });
  onTestFinished(() => {
    child.kill();
  });
  return child;
};

const sendToGroup =
  (signal: NodeJS.Signals) =>
  ({ pid }: ChildProcess): void => {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  };

/** As a terminal does it: the signal goes to every process of the group, and npm passes its own on. */
export const pressCtrlC = sendToGroup('SIGINT');

/** As a shell's `kill %1`, or a machine that is shut down. */
export const terminate = sendToGroup('SIGTERM');

/** As where the window is closed or the connection breaks. npm does not survive it. */
export const closeTerminal = sendToGroup('SIGHUP');

/** What a command prints, and how it ends. */
export const resultOf = (
  child: ChildProcess & Pick<ReturnType<typeof spawnCommand>, 'stdout' | 'stderr'>,
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const result: CommandResult = { code: null, out: '', err: '' };
    child.stdout.on('data', (text) => {
      result.out += text;
    });
    child.stderr.on('data', (text) => {
      result.err += text;
    });
    child.on('close', (code) => resolve({ ...result, code }));
  });

export const spawnMigrate = (
  args: string[],
  localDirectory: string,
  environment: Record<string, string> = {},
) => spawnCommand('migrate', args, localDirectory, environment);

/** Runs `npm run migrate` to its end. */
export const migrate = (
  args: string[],
  localDirectory: string,
  environment: Record<string, string> = {},
): Promise<CommandResult> => resultOf(spawnMigrate(args, localDirectory, environment));

/** Runs `npm run models` to its end. */
export const models = (
  args: string[],
  localDirectory: string,
  environment: Record<string, string> = {},
): Promise<CommandResult> => resultOf(spawnCommand('models', args, localDirectory, environment));

/** `npm run console` of a deployed stack, ended with the test; the address that it prints, once it serves. */
export const openConsole = async (stack: string, environment: Record<string, string>): Promise<string> => {
  const child = spawnCommand('console', ['--stack', stack], tmpdir(), environment);
  onTestFinished(() => {
    child.kill();
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('http://')) {
      return line;
    }
  }
  throw new Error('The console ended without printing its address.');
};

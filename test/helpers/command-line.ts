// The commands as processes of their own, against a test's local stack.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, onTestFinished } from 'vitest';
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
  const { api, region, clusterArn, databaseSecretArn, databaseName, encryptionKeySecretArn } = stack;
  writeFileSync(
    join(directory, 'endpoints.json'),
    JSON.stringify({
      api,
      aws: stack.aws.url,
      region,
      clusterArn,
      databaseSecretArn,
      databaseName,
      encryptionKeySecretArn,
    }),
  );
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

// `npm run migrate` as a process of its own, against a test's local stack.
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestStack } from './local-stack.ts';

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

/** A directory with what the command reads of a running local stack; for LOCAL_DIR. */
export const localDirectoryOf = (stack: TestStack): string => {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-command-'));
  const { region, clusterArn, databaseSecretArn, databaseName } = stack;
  const endpoints = { aws: stack.aws.url, region, clusterArn, databaseSecretArn, databaseName };
  writeFileSync(join(directory, 'endpoints.json'), JSON.stringify(endpoints));
  return directory;
};

export const spawnMigrate = (args: string[], localDirectory: string) =>
  spawn(process.execPath, ['commands/migrate.ts', ...args], {
    env: { ...process.env, LOCAL_DIR: localDirectory },
  });

/** Runs the command to its end. */
export const migrate = (args: string[], localDirectory: string) =>
  new Promise<CommandResult>((resolve) => {
    const child = spawnMigrate(args, localDirectory);
    const result: CommandResult = { code: null, out: '', err: '' };
    child.stdout.on('data', (text) => {
      result.out += text;
    });
    child.stderr.on('data', (text) => {
      result.err += text;
    });
    child.on('close', (code) => resolve({ ...result, code }));
  });

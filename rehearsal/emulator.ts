// The AWS emulator: ministack on a free port of loopback, with IAM policies enforced, that ends when this process does.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../lib/project.ts';
import { startGuarded } from './guarded-process.ts';
import { pythonTool } from './python-tools.ts';

/** The emulator's root user. */
export const rootCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };
export const region = 'us-east-1';
export const accountId = '000000000000';

export interface Emulator {
  close: () => Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/** `dataApiUrl` is where deployed functions find the Data API: the emulator hands its own variables on to them. */
export const startEmulator = async (folder: string, port: number, dataApiUrl: string): Promise<Emulator> => {
  const temporary = join(folder, 'emulator');
  mkdirSync(temporary);
  // Functions are unpacked below it: on AWS no package.json above them makes ES modules of their files.
  writeFileSync(join(temporary, 'package.json'), '{}');
  const log = join(folder, 'emulator.log');
  const shell = startGuarded(pythonTool('ministack'), [], {
    cwd: temporary,
    log,
    env: {
      // Functions run on the `node` that is found first: the one of node_modules, which is Lambda's.
      PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env['PATH']}`,
      HOME: temporary,
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      AUTH: 'true',
      AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: accountId,
      AWS_ENDPOINT_URL_RDS_DATA: dataApiUrl,
    },
  });
  shell.unref();
  const exited = once(shell, 'exit');
  await untilReady(shell, `http://127.0.0.1:${port}/_ministack/health`, log);
  return {
    close: async () => {
      shell.ref();
      shell.stdin?.destroy();
      await exited;
    },
  };
};

const untilReady = async (shell: ChildProcess, healthUrl: string, log: string): Promise<void> => {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (
    !(await fetch(healthUrl).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (shell.exitCode !== null || Date.now() > deadline) {
      throw new Error(`The emulator did not start:\n${lastLines(log)}`);
    }
    await wait(100);
  }
};

const lastLines = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');

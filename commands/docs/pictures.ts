// Pictures of what `npm start` and the audit print, made by running them once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { projectRoot } from '../../lib/project.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { terminalPicture } from './terminal-picture.ts';

const FILES = { start: 'docs/pictures/start.svg', audit: 'docs/pictures/audit.svg' };

/** @returns the paths of the files, relative to the project */
export const writePictures = async (): Promise<string[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'docs-pictures-'));
  const stack = spawnHere(['commands/start.ts'], directory);
  try {
    const started = await untilReady(stack.stdout);
    const audit = spawnHere(['commands/models.ts', 'audit'], directory);
    const [audited, [code]] = await Promise.all([text(audit.stdout), once(audit, 'close')]);
    // As the demo fleet has something to find.
    if (code !== EXIT_CODES.found) {
      throw new Error(`The audit ended with ${code}.`);
    }
    write(FILES.start, terminalPicture('npm start', asAtHome(started, directory)));
    write(FILES.audit, terminalPicture('npm run models -- audit', audited));
  } finally {
    stack.kill('SIGINT');
    await once(stack, 'close');
    rmSync(directory, { recursive: true, force: true });
  }
  return Object.values(FILES);
};

const write = (file: string, picture: string): void => writeFileSync(join(projectRoot, file), picture);

const spawnHere = (args: string[], directory: string) =>
  spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, LOCAL_DIR: directory, API_PORT: '0', AWS_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** What is printed until the stack is ready. */
const untilReady = async (stdout: Readable): Promise<string> => {
  let output = '';
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    output += chunk;
    if (/^ready: .*\n/m.test(output)) {
      return output;
    }
  }
  throw new Error(`npm start ended before it was ready:\n${output}`);
};

/** With the ports and the folder that a reader gets without any setting. */
const asAtHome = (output: string, directory: string): string => {
  const [, api = '', aws = ''] =
    /^ready: console and API \S+:(\d+), AWS endpoint \S+:(\d+)/m.exec(output) ?? [];
  return output.replaceAll(`:${api}`, ':3000').replaceAll(`:${aws}`, ':4599').replaceAll(directory, '.local');
};

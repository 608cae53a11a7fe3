// A picture of what `npm start` prints, made by running it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './documents.ts';
import { terminalPicture } from './terminal-picture.ts';

const FILE = 'docs/pictures/start.svg';

/** @returns the path of the file, relative to the project */
export const writeStartPicture = async (): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), 'docs-start-'));
  try {
    const output = await startOnce(directory);
    writeFileSync(join(projectRoot, FILE), terminalPicture('npm start', asAtHome(output, directory)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return FILE;
};

/** What is printed until the stack is ready. */
const startOnce = (directory: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const stack = spawn(process.execPath, ['commands/start.ts'], {
      cwd: projectRoot,
      env: { ...process.env, LOCAL_DIR: directory, API_PORT: '0', AWS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    stack.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/^ready: .*\n/m.test(output)) {
        stack.kill('SIGINT');
      }
    });
    stack.on('error', reject);
    stack.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`npm start ended with ${code}.`)),
    );
  });

/** With the ports and the folder that a reader gets without any setting. */
const asAtHome = (output: string, directory: string): string => {
  const [, api = '', aws = ''] =
    /^ready: console and API \S+:(\d+), AWS endpoint \S+:(\d+)/m.exec(output) ?? [];
  return output.replaceAll(`:${api}`, ':3000').replaceAll(`:${aws}`, ':4599').replaceAll(directory, '.local');
};

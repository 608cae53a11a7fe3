// The Python programs of the rehearsal, in a virtual environment of their own, installed once for each requirements.txt.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './run-folder.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Says what to install. */
export class MissingPythonError extends Error {
  override name = 'MissingPythonError';
}

/** The path of an installed program. @throws MissingPythonError where Python cannot do its part. */
export const pythonTool = (name: 'ministack' | 'cfn-lint'): string => join(installed(), 'bin', name);

const installed = (): string => {
  const environment = join(localFolder, 'rehearsal-python');
  const marker = join(environment, 'requirements.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) {
    return environment;
  }

  console.error('Installing the AWS emulator and cfn-lint (once, up to two minutes) …');
  rmSync(environment, { recursive: true, force: true });
  run(
    'python3',
    ['-m', 'venv', environment],
    'Python 3.10 or newer with venv is needed: apt install python3 python3-venv.',
  );
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  run(join(environment, 'bin/python'), pip, 'PyPI has to be reachable, and Python 3.10 or newer.');
  writeFileSync(marker, wanted);
  return environment;
};

const run = (program: string, args: string[], advice: string): void => {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    throw new MissingPythonError(`${program} ${args.slice(0, 3).join(' ')} failed. ${advice}`, { cause });
  }
};

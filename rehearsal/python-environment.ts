// A virtual environment of Python, installed once for each state of its list of requirements.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder } from './run-folder.ts';

/** Says what to install. */
export class MissingPythonError extends Error {
  override name = 'MissingPythonError';
}

/** The folder of the programs of an environment. @throws MissingPythonError where Python cannot do its part. */
export const pythonPrograms = (name: string, requirementsFile: string): string => {
  const environment = join(localFolder, name);
  const programs = join(environment, 'bin');
  const marker = join(environment, 'requirements.txt');
  const wanted = readFileSync(requirementsFile, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) {
    return programs;
  }

  console.error(`Installing ${wanted.match(/^[\w-]+(?===)/gm)?.join(', ')} (once, up to two minutes) …`);
  rmSync(environment, { recursive: true, force: true });
  run(
    'python3',
    ['-m', 'venv', environment],
    'Python 3.10 or newer with venv is needed: apt install python3 python3-venv.',
  );
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile];
  run(join(programs, 'python'), pip, 'PyPI has to be reachable, and Python 3.10 or newer.');
  writeFileSync(marker, wanted);
  return programs;
};

const run = (program: string, args: string[], advice: string): void => {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (cause) {
    throw new MissingPythonError(`${program} ${args.slice(0, 3).join(' ')} failed. ${advice}`, { cause });
  }
};

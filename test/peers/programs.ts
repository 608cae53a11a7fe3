// The clients that are no JavaScript: how they are run, and what they are given to know of the local stack.
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonPrograms } from '../../rehearsal/python-environment.ts';
import type { TestStack } from '../helpers/local-stack.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** How many cases of another language a test has run; one where it says nothing. */
    cases?: number;
  }
}

export const run = promisify(execFile);

/** In the virtual environment of requirements.txt. */
export const pythonProgram = (name: 'python' | 'aws' | 'schemathesis'): string =>
  join(pythonPrograms('peers-python', join(import.meta.dirname, 'requirements.txt')), name);

export const hasGo = (): boolean => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** The environment of cases that take the endpoint from `STACK`, which is JSON. */
export const withStack = ({ target, encryptionKeySecretArn, region, aws }: TestStack): NodeJS.ProcessEnv => ({
  ...process.env,
  STACK: JSON.stringify({ endpoint: aws.url, region, target, encryptionKeySecretArn }),
});

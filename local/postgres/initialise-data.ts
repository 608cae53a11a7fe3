// Makes PostgreSQL's data directory: UTF-8, and sorted alike on every machine.
import { execFile } from 'node:child_process';
import { chownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../support/start-error.ts';
import type { ServerAccount } from './server-account.ts';
import { dataIn, type ServerFiles } from './server-files.ts';

export const SUPERUSER = 'postgres';

/** `keepPassword` is called once the data is made, and before it is in its place. @throws StartError where initdb fails */
export const initialiseData = async (
  files: ServerFiles,
  password: string,
  account: ServerAccount | undefined,
  keepPassword: () => void,
): Promise<void> => {
  // Made under another name, so that an interrupted start leaves nothing that looks complete.
  const unfinished = unfinishedData(files);
  rmSync(unfinished, { recursive: true, force: true });
  const passwordFile = join(files.home, 'initial-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    chownSync(passwordFile, account.uid, account.gid);
  }

  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const login = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await promisify(execFile)(
    join(files.binaries, 'bin/initdb'),
    ['-D', unfinished, ...login, ...locale, '--no-sync'],
    { ...account, cwd: files.home, env: {} },
  ).catch((cause: unknown) => {
    throw new StartError(`PostgreSQL's data cannot be made in ${files.home}: ${reasonOf(cause)}`, { cause });
  });
  rmSync(passwordFile);
  keepPassword();
  renameSync(unfinished, dataIn(files));
};

/** Left behind by a start that was interrupted while it made the data. */
export const unfinishedData = (files: ServerFiles): string => `${dataIn(files)}.unfinished`;

/** initdb says what is wrong in the line that names itself. The error's own message is its whole command line. */
const reasonOf = (cause: unknown): string => {
  const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
  return /(?:error|FATAL): +(.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
};

// Makes PostgreSQL's data directory: UTF-8, and sorted alike on every machine.
import { execFile } from 'node:child_process';
import { chownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerAccount } from './server-account.ts';
import type { ServerFiles } from './server-files.ts';

export const SUPERUSER = 'postgres';

export const initialiseData = async (
  files: ServerFiles,
  data: string,
  password: string,
  account: ServerAccount | undefined,
): Promise<void> => {
  // Made under another name, so that an interrupted start leaves nothing that looks complete.
  const unfinished = `${data}.unfinished`;
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
    {
      ...account,
      cwd: files.home,
      env: {},
    },
  );
  rmSync(passwordFile);
  renameSync(unfinished, data);
};

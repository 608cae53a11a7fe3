// Removes a server with its data, wherever its files are, and stops it first if it still runs.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findData, findServerAccount, removeServerFiles } from './server-files.ts';
import { stopStaleServer } from './stale-server.ts';

/** `directory` is what `startPostgres` was given. @throws StartError for a directory that somebody else has made */
export const removePostgres = async (directory: string): Promise<void> => {
  const state = resolve(directory);
  if (!existsSync(state)) {
    return;
  }
  const account = findServerAccount(state);
  await stopStaleServer(findData(state, account));
  removeServerFiles(state, account);
};

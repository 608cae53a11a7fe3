// Removes a server with its data, wherever its files are, and stops it first if it still runs.
import { join, resolve } from 'node:path';
import { findBinaries } from './binaries.ts';
import { findServerAccount } from './server-account.ts';
import { placeServerFiles, removeServerFiles } from './server-files.ts';
import { stopStaleServer } from './stale-server.ts';

/** `directory` is what `startPostgres` was given. */
export const removePostgres = async (directory: string): Promise<void> => {
  const state = resolve(directory);
  const account = findServerAccount();
  const { home } = placeServerFiles(state, findBinaries(), account);
  await stopStaleServer(join(home, 'data'));
  removeServerFiles(state, account);
};

// PostgreSQL refuses to run as root, and initdb wants an account with a name: so root lends it an unprivileged one.
import { execFileSync } from 'node:child_process';
import { StartError } from '../support/start-error.ts';

export interface ServerAccount {
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** Those that may run the server, the first choice first; none where the current one will do. */
export const serverAccounts = (): ServerAccount[] => {
  if (process.getuid?.() !== 0) {
    return [];
  }
  const accounts = CANDIDATES.flatMap((name) => {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    return uid === undefined || gid === undefined ? [] : [{ uid, gid }];
  });
  if (accounts.length === 0) {
    throw new StartError(
      `PostgreSQL cannot run as root, and there is no account named ${CANDIDATES.join(' or ')}.`,
    );
  }
  return accounts;
};

const numericId = (flag: string, name: string): number | undefined => {
  try {
    const id = Number(
      execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    return Number.isInteger(id) ? id : undefined;
  } catch {
    return undefined;
  }
};

// PostgreSQL refuses to run as root, and initdb wants an account with a name: so root lends it an unprivileged one.
import { execFileSync } from 'node:child_process';
import { StartError } from '../support/start-error.ts';

export interface ServerAccount {
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** The account that runs the server, or nothing where the current one will do. */
export const findServerAccount = (): ServerAccount | undefined => {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  for (const name of CANDIDATES) {
    const uid = numericId('-u', name);
    const gid = numericId('-g', name);
    if (uid !== undefined && gid !== undefined) {
      return { uid, gid };
    }
  }
  throw new StartError(
    `PostgreSQL cannot run as root, and there is no account named ${CANDIDATES.join(' or ')}.`,
  );
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

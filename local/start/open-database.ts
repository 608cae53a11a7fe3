// The database of the stack: in the embedded server, or the one that DATABASE_URL names.
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { startPostgres } from '../postgres/start-postgres.ts';
import { databaseUrl as urlOf, withClient } from '../support/database.ts';
import { StartError } from '../support/start-error.ts';
import type { Settings } from './settings.ts';

export interface OpenDatabase {
  url: string;
  close(): Promise<void>;
}

const DATABASE_NAME = 'workspaces';
/** As an RDS master user is: it may make users, and is no superuser, so no program and no file is reached by its SQL. */
const OWNER = 'workspaces_owner';

export const openDatabase = async ({ databaseUrl, directory }: Settings): Promise<OpenDatabase> => {
  if (databaseUrl !== undefined) {
    return { url: databaseUrl, close: async () => {} };
  }
  const { url, outside, close } = await startPostgres({ directory, durable: true });
  if (outside !== undefined) {
    console.log(`PostgreSQL's data is in ${outside}: the account that runs it may not enter ${directory}.`);
  }
  try {
    const password = randomBytes(24).toString('base64url');
    await withClient(url, (client) => makeDatabase(client, password));
    return { url: urlOf(url, DATABASE_NAME, { username: OWNER, password }), close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Makes what is missing of owner and database. The owner's password is a new one at each start. */
const makeDatabase = async (client: Client, password: string): Promise<void> => {
  const found = await client.query<{ owner: boolean; database: boolean }>(
    `SELECT to_regrole($1) IS NOT NULL AS owner, EXISTS (SELECT FROM pg_database WHERE datname = $2) AS database`,
    [OWNER, DATABASE_NAME],
  );
  const verb = found.rows[0]?.owner ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${OWNER} LOGIN CREATEROLE PASSWORD '${password}'`);
  if (!found.rows[0]?.database) {
    await client.query(`CREATE DATABASE ${DATABASE_NAME} OWNER ${OWNER}`);
  }
};

/** Whether this is a platform's database already, wherever its tables are: the login's search_path may lack their schema. */
export const tablesExist = async (client: Client): Promise<boolean> => {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_class WHERE relname IN ('workspaces', 'workspace_secrets') AND relkind IN ('r', 'p', 'v', 'm', 'f')
     ) AS found`,
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

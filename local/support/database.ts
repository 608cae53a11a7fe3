// PostgreSQL by URL: naming a database of a server, and a connection for a piece of work.
import { Client } from 'pg';

/** The same server and login, with another database. */
export const databaseUrl = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl);
  url.pathname = encodeURIComponent(database.toWellFormed());
  return url.href;
};

export const databaseName = (url: URL): string => decodeURIComponent(url.pathname.slice(1));

/** Opens a connection, and closes it whatever becomes of the work. @throws what pg throws */
export const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

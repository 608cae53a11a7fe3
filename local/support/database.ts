// PostgreSQL by URL: naming a database of a server, and a connection for a piece of work.
import { Client } from 'pg';

export interface Login {
  username: string;
  password: string;
}

/** The same server with another database, and with the same login unless another one is given. Its name is written as pg reads it. */
export const databaseUrl = (serverUrl: string, database: string, login?: Login): string => {
  const url = new URL(serverUrl);
  if (login !== undefined) {
    url.username = encodeURIComponent(login.username.toWellFormed());
    url.password = encodeURIComponent(login.password.toWellFormed());
  }
  // pg reads it by decodeURI, which leaves the code for one of ;/?:@&=+$,# as it is: it reaches no database with ? or # in its name.
  url.pathname = encodeURI(database.toWellFormed()).replaceAll(/[?#]/g, encodeURIComponent);
  return url.href;
};

export const databaseName = (url: URL): string => decodeURIComponent(url.pathname.slice(1));

/** Opens a connection, and closes it whatever becomes of the work. @throws what pg throws */
export const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    // Instead of those in PGOPTIONS, which may have another search_path.
    options: '-c TimeZone=UTC',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

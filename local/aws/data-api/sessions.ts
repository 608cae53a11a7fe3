// Connections to PostgreSQL: a pool for each login and database, logged in with what the secret says.
import { Pool, type PoolClient } from 'pg';
import { databaseUrl, type Login, withClient } from '../../support/database.ts';
import { AwsError } from '../errors.ts';

export interface Connection {
  client: PoolClient;
  processId: number;
  /** Asks PostgreSQL to end what the connection is doing; that statement then fails. */
  cancel: () => Promise<void>;
}

interface Opened {
  url: string;
  pool: Pool;
  inUse: Set<PoolClient>;
}

const CONNECTIONS = 100;
const IDLE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

export class Sessions {
  readonly #serverUrl: string;
  readonly #opened = new Map<string, Opened>();

  /** Of `serverUrl`, host, port and parameters such as sslmode count; login and database come with each call. */
  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
  }

  /** A connection whose client is to be released. @throws pg's DatabaseError when the login fails */
  async connect(login: Login, database: string): Promise<Connection> {
    // PostgreSQL's protocol ends a name at this character.
    if (database.includes('\0')) {
      throw new AwsError('DatabaseErrorException', 'ERROR: database does not exist; SQLState: 3D000');
    }
    const { url, pool } = this.#open(login, database);
    const client = await pool.connect();
    const processId = processIdOf(client);
    const cancel = async () => {
      // Not by one of the pool's connections, which may all be in use.
      await withClient(url, (own) => own.query('SELECT pg_cancel_backend($1)', [processId])).catch(() =>
        client.connection.stream.destroy(),
      );
    };
    return { client, processId, cancel };
  }

  /** Ends connections in use, too, with what they are doing. */
  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map(end));
  }

  #open(login: Login, database: string): Opened {
    // A changed password is another login: it has to be tried, and gets no connection that the old one opened.
    const key = JSON.stringify([login.username, login.password, database]);
    const known = this.#opened.get(key);
    if (known !== undefined) {
      return known;
    }

    const url = databaseUrl(this.#serverUrl, database, login);
    const pool = new Pool({
      connectionString: url,
      max: CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // Tells its sessions from those of other programs of the same user.
      application_name: 'rds-data-api',
      // Values are read as text in these forms. Given here, DISCARD ALL comes back to them, and no ALTER ROLE changes them.
      options: '-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c extra_float_digits=3',
    });
    // A connection that breaks while idle is replaced; one that breaks in use fails its statement.
    pool.on('error', ignore);
    pool.on('connect', (client) => client.on('error', ignore));
    const inUse = new Set<PoolClient>();
    pool.on('acquire', (client) => inUse.add(client));
    pool.on('release', (_, client) => inUse.delete(client));
    const opened = { url, pool, inUse };
    this.#opened.set(key, opened);
    return opened;
  }
}

/**
 * A pool's own end waits for every client in use. PostgreSQL does not notice that a client has gone while a statement waits
 * for a lock, and would still run it: so it is told to end these sessions.
 */
const end = async ({ url, pool, inUse }: Opened): Promise<void> => {
  if (inUse.size > 0) {
    const processIds = [...inUse].map(processIdOf);
    await withClient(url, (client) =>
      client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [processIds]),
    ).catch(ignore);
    for (const client of inUse) {
      client.connection.stream.destroy();
    }
  }
  await pool.end();
};

const ignore = (): void => {};

// node-postgres keeps it, but its types do not say so.
const processIdOf = (client: PoolClient): number =>
  'processID' in client && typeof client.processID === 'number' ? client.processID : 0;

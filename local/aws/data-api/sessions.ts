// Connections to PostgreSQL: a pool for each login and database, logged in with what the secret says.
import { Pool, type PoolClient } from 'pg';
import { databaseUrl, type Login } from '../../support/database.ts';
import { AwsError } from '../errors.ts';

export interface Connection {
  client: PoolClient;
  processId: number;
  /** Asks PostgreSQL to end what the connection is doing; that statement then fails. */
  cancel: () => Promise<void>;
}

const CONNECTIONS = 100;
const IDLE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

export class Sessions {
  readonly #serverUrl: string;
  readonly #pools = new Map<string, Pool>();

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
    const pool = this.#pool(login, database);
    const client = await pool.connect();
    const processId = processIdOf(client);
    const cancel = async () => {
      await pool
        .query('SELECT pg_cancel_backend($1)', [processId])
        .catch(() => client.connection.stream.destroy());
    };
    return { client, processId, cancel };
  }

  /** Waits until every connection in use has been released. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  #pool(login: Login, database: string): Pool {
    // A changed password is another login: it has to be tried, and gets no connection that the old one opened.
    const key = JSON.stringify([login.username, login.password, database]);
    const known = this.#pools.get(key);
    if (known !== undefined) {
      return known;
    }

    const pool = new Pool({
      connectionString: databaseUrl(this.#serverUrl, database, login),
      max: CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // Tells its sessions from those of other programs of the same user.
      application_name: 'rds-data-api',
      // The Data API shows times in UTC; given here, DISCARD ALL comes back to it.
      options: '-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex',
    });
    // A connection that breaks while idle is replaced; one that breaks in use fails its statement.
    pool.on('error', ignore);
    pool.on('connect', (client) => client.on('error', ignore));
    this.#pools.set(key, pool);
    return pool;
  }
}

const ignore = (): void => {};

// node-postgres keeps it, but its types do not say so.
const processIdOf = (client: PoolClient): number =>
  'processID' in client && typeof client.processID === 'number' ? client.processID : 0;

// The platform that the service joins: PostgreSQL with the demo fleet behind a Data API, its secrets in the emulator.
import { randomBytes } from 'node:crypto';
import { CreateSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Client } from 'pg';
import { createDemoFleet } from '../local/fleet/create-demo-fleet.ts';
import { type FleetWorkspace, readFleet } from '../local/fleet/read-fleet.ts';
import { startPostgres } from '../local/postgres/start-postgres.ts';
import { type LocalStack, startLocalStack } from '../local/stack.ts';
import { databaseUrl, withClient } from '../local/support/database.ts';
import { postgresFolder } from './run-folder.ts';

const DATABASE = 'platform';
/** A database of the same cluster in which the platform never was. */
export const EMPTY_DATABASE = 'somebody_elses';

interface PlatformParts {
  stack: LocalStack;
  client: Client;
  /** Of the database. */
  url: string;
  encryptionKey: string;
  closeServer: () => Promise<void>;
}

export class Platform {
  readonly stack: LocalStack;
  readonly #client: Client;
  readonly #url: string;
  readonly #encryptionKey: string;
  readonly #closeServer: () => Promise<void>;

  private constructor({ stack, client, url, encryptionKey, closeServer }: PlatformParts) {
    this.stack = stack;
    this.#client = client;
    this.#url = url;
    this.#encryptionKey = encryptionKey;
    this.#closeServer = closeServer;
  }

  /** `secretsEndpoint` may start later: it is asked when a statement names a secret. */
  static async start(folder: string, secretsEndpoint: string): Promise<Platform> {
    const server = await startPostgres({ directory: postgresFolder(folder), durable: false });
    await withClient(server.url, async (client) => {
      for (const name of [DATABASE, EMPTY_DATABASE]) {
        await client.query(`CREATE DATABASE ${name}`);
      }
    });

    const url = databaseUrl(server.url, DATABASE);
    const client = new Client(url);
    await client.connect();
    // As hardened databases are: what everybody had by default has to be granted.
    await client.query(
      `REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC`,
    );
    const encryptionKey = randomBytes(32).toString('base64');
    await createDemoFleet(client, encryptionKey);
    const stack = await startLocalStack({
      databaseUrl: url,
      encryptionKey,
      secretsEndpoint,
      keepCalls: true,
    });
    return new Platform({ stack, client, url, encryptionKey, closeServer: server.close });
  }

  /** Context that joins it, its secrets being made in the emulator: the owner's, one of another cluster, and the key. */
  async joinBy(secretsManager: SecretsManagerClient) {
    const create = async (Name: string, SecretString: string): Promise<string> => {
      const { ARN = '' } = await secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
      return ARN;
    };
    const { username, password } = new URL(this.#url);
    return {
      context: {
        clusterArn: this.stack.clusterArn,
        databaseSecretArn: await create('platform-owner', JSON.stringify({ username, password })),
        databaseName: DATABASE,
        encryptionKeySecretArn: await create('platform-key', this.#encryptionKey),
      },
      secretOfAnotherCluster: await create(
        'other-owner',
        JSON.stringify({ username, password: 'of-another' }),
      ),
      keyOfAnotherPlatform: await create('other-key', randomBytes(32).toString('base64')),
    };
  }

  fleet(): Promise<FleetWorkspace[]> {
    return readFleet(this.#client, this.#encryptionKey);
  }

  async rows<Row extends object>(query: string): Promise<Row[]> {
    return (await this.#client.query<Row>(query)).rows;
  }

  /** Everything in every table, as one value that any change would change. */
  async contents(): Promise<Record<string, string>> {
    const tables = await this.rows<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    const contents: Record<string, string> = {};
    for (const { name } of tables) {
      const [hash] = await this.rows<{ md5: string }>(
        `SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS md5 FROM ${name} t`,
      );
      contents[name] = hash?.md5 ?? '';
    }
    return contents;
  }

  async close(): Promise<void> {
    await this.#client.end();
    await this.stack.close();
    await this.#closeServer();
  }
}

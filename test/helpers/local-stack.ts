// The local stack for a test file: a database of its own, its endpoint with faults and counters, and SDK clients.
import { randomBytes } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Pool, type QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { migrateDatabase } from '../../local/fleet/migrate-database.ts';
import { PLATFORM_TABLES } from '../../local/fleet/platform-tables.ts';
import { type LocalStackOptions, startLocalStack } from '../../local/stack.ts';
import { databaseUrl, withClient } from '../../local/support/database.ts';
import { type Invoked, invoke } from '../../local/support/invoke.ts';
import { ProcessFunction } from './process-function.ts';

export interface TestStackOptions
  extends Partial<Omit<LocalStackOptions, 'databaseUrl' | 'bundlesDirectory' | 'createFunction' | 'onLog'>> {
  /** Whether the platform's tables are there; true unless said otherwise. */
  tables?: boolean;
  /** Whether the database is at the newest version, so that the functions serve; false unless said otherwise. */
  migrated?: boolean;
  /** Another test stack's database, to stand beside it; otherwise one of its own is made. */
  sharedDatabaseUrl?: string;
}

export type TestStack = Awaited<ReturnType<typeof startTestStack>>;

export const startTestStack = async ({
  tables = true,
  migrated = false,
  sharedDatabaseUrl,
  ...options
}: TestStackOptions = {}) => {
  const database =
    sharedDatabaseUrl === undefined
      ? await createDatabase()
      : { url: sharedDatabaseUrl, drop: async () => {} };
  // Users belong to the server, which all tests share.
  const apiUser = { username: `api_${randomBytes(8).toString('hex')}`, password: 'api' };
  const encryptionKey = options.encryptionKey ?? randomBytes(32).toString('base64');
  let log = '';
  const onLog = (text: string) => {
    log += options.keepCalls === false ? '' : text;
  };
  const stack = await startLocalStack({
    apiUser,
    keepCalls: true,
    ...testFunctions(),
    ...options,
    databaseUrl: database.url,
    encryptionKey,
    onLog,
  });
  const pool = new Pool({ connectionString: database.url });
  // A connection may still be about to close when its database is dropped.
  pool.on('error', () => {});
  const prepare = async () => {
    if (tables) {
      await pool.query(PLATFORM_TABLES);
    }
    if (migrated) {
      await migrateDatabase(stack);
    }
  };
  await prepare();

  const clientConfig = {
    endpoint: stack.aws.url,
    region: stack.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const lambda = new LambdaClient(clientConfig);
  return {
    ...stack,
    databaseUrl: database.url,
    encryptionKey,
    /** For further SDK clients. */
    clientConfig,
    lambda,
    rdsData: new RDSDataClient(clientConfig),
    secretsManager: new SecretsManagerClient(clientConfig),
    /** The members that every Data API call needs. */
    target: {
      resourceArn: stack.clusterArn,
      secretArn: stack.databaseSecretArn,
      database: stack.databaseName,
    },
    /** Rows of a query that goes to PostgreSQL directly. */
    sql: async <Row extends QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> =>
      (await pool.query<Row>(query, values)).rows,
    /** The database as it was at the start, all that a test has made in it gone. */
    resetDatabase: async (): Promise<void> => {
      await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
      await prepare();
    },
    /** Opens a transaction of somebody else with this statement, and ends it when `action` has ended, however that was. */
    inTransaction: <Result>(statement: string, action: () => Promise<Result>): Promise<Result> =>
      withClient(database.url, async (client) => {
        await client.query('BEGIN');
        await client.query(statement);
        return action();
      }),
    /** What a function answers, and whether that is an error, over the wire. */
    invoke: (name: string, event: unknown): Promise<Invoked> => invoke(lambda, name, event),
    /** Everything that the functions have printed. */
    logs: () => log,
    close: async () => {
      await stack.close();
      const { rowCount } = await pool.query('SELECT FROM pg_roles WHERE rolname = $1', [apiUser.username]);
      if (rowCount === 1) {
        await pool.query(`DROP OWNED BY ${apiUser.username}; DROP ROLE ${apiUser.username}`);
      }
      await pool.end();
      await database.drop();
    },
  };
};

/** What the functions of a test run from. */
export const testFunctions = (): Pick<LocalStackOptions, 'createFunction' | 'bundlesDirectory'> =>
  inject('runsInProcess')
    ? { createFunction: (settings) => new ProcessFunction(settings) }
    : { bundlesDirectory: inject('bundlesDirectory') };

/** An empty one on the tests' server. */
export const createDatabase = async () => {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await runOnServer(server, `CREATE DATABASE ${name} STRATEGY FILE_COPY`);
  return {
    url: databaseUrl(server, name),
    drop: () => runOnServer(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
};

const runOnServer = async (url: string, statement: string): Promise<void> => {
  await withClient(url, (client) => client.query(statement));
};

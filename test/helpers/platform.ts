// Platforms as they really are: two tables with whatever else a team has given them, of an owner who is no superuser. One
// stack serves many of them, one after the other.
import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { PLATFORM_TABLES } from '../../local/fleet/platform-tables.ts';
import { SECRET_NAMES } from '../../local/stack.ts';
import { databaseUrl, withClient } from '../../local/support/database.ts';
import { expectFailure, expectSuccess } from './claims.ts';
import { expectDocumented } from './documented-refusals.ts';
import { BASELINE, NEWEST } from './engine.ts';
import { type HttpAnswer, type Service, startService } from './service.ts';

/** A platform that PostgreSQL cannot have. */
export class PlatformSetupError extends Error {
  override name = 'PlatformSetupError';
}

const PASSWORD = 'of-this-test';

export type Platform = Awaited<ReturnType<Awaited<ReturnType<typeof startPlatforms>>['open']>>;

export const startPlatforms = async () => {
  const service = await startService({ tables: false, migrated: false });
  let close = async () => {};
  return {
    service,
    /** Replaces the platform before by another one: the usual tables, and then these statements of their owner. */
    open: async (statements = '', { tables = PLATFORM_TABLES, attributes = 'CREATEROLE' } = {}) => {
      await close();
      const platform = await openPlatform(service, attributes, `${tables}; ${statements}`);
      close = platform.close;
      return platform;
    },
    close: async () => {
      await close();
      await service.close();
    },
  };
};

const openPlatform = async (service: Service, attributes: string, statements: string) => {
  const suffix = randomBytes(4).toString('hex');
  const [owner, apiUser] = [`owner_${suffix}`, `api_${suffix}`];
  // Logins of their own, so that no session has the settings of the platform before.
  await service.sql(`CREATE ROLE ${owner} LOGIN ${attributes} PASSWORD '${PASSWORD}'`);
  await service.sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;
    GRANT CREATE ON SCHEMA public TO ${owner}; GRANT CREATE, CONNECT ON DATABASE "${service.databaseName}" TO ${owner}`);
  const put = (name: string, username: string) =>
    service.aws.secrets.put(name, JSON.stringify({ username, password: PASSWORD }));
  put(SECRET_NAMES.database, owner);
  const ApiUserSecretArn = put(SECRET_NAMES.apiUser, apiUser);
  const asOwner = connection(service, owner);
  const setUp = (run: (statements: string) => Promise<unknown>) => async (text: string) => {
    try {
      await run(text.replaceAll('OWNER', owner));
    } catch (error) {
      throw new PlatformSetupError('PostgreSQL refuses this platform.', { cause: error });
    }
  };
  await setUp(asOwner)(statements);

  const send = (RequestType: 'Create' | 'Update', TargetVersion = NEWEST) =>
    service.invoke('migrate', {
      RequestType,
      RequestId: randomUUID(),
      ResourceProperties: { TargetVersion, ExistingDatabase: 'true', ApiUserSecretArn },
    });
  return {
    service,
    owner,
    apiUser,
    asOwner,
    asSuperuser: setUp(service.sql),
    send,
    /** Those that the Data API keeps of the owner and its clone, which have the settings of before. */
    endSessions: () =>
      service.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE $1', [
        `%${owner}`,
      ]),
    /** Makes a member of the owner, as a rotation that alternates between two users does. */
    makeClone: async (): Promise<string> => {
      const clone = `clone_${owner}`;
      await service.sql(`CREATE ROLE ${clone} LOGIN ${attributes} PASSWORD '${PASSWORD}' IN ROLE ${owner}`);
      return clone;
    },
    /** Whose name and password the secret of the owner has from here on. */
    putOwner: (name: string) => put(SECRET_NAMES.database, name),
    deploy: async () => expectSuccess(await send('Create')),
    /** Refused with nothing changed; returns the message. */
    refuse: async (): Promise<string> => {
      const before = await dumpDatabase(service, apiUser);
      const message = expectFailure(await send('Create'), 'DatabaseSetupError');
      expectDocumented(message);
      expect(await dumpDatabase(service, apiUser)).toEqual(before);
      return message;
    },
    undo: async () => expectSuccess(await send('Update', BASELINE)),
    close: () => closePlatform(service, owner, apiUser),
  };
};

const connection = ({ databaseUrl: server, databaseName }: Service, username: string) => {
  const url = databaseUrl(server, databaseName, { username, password: PASSWORD });
  return (statements: string) => withClient(url, (client) => client.query(statements));
};

const closePlatform = async ({ sql, databaseName }: Service, owner: string, apiUser: string) => {
  await sql(`ALTER DATABASE "${databaseName}" RESET ALL`);
  const schemas = await sql<{ name: string }>(`SELECT quote_ident(nspname) AS name FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')`);
  for (const { name } of schemas) {
    await sql(`DROP SCHEMA ${name} CASCADE`);
  }
  await sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP PUBLICATION IF EXISTS everything');
  const roles = await sql<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1) ORDER BY rolname`,
    [[owner, apiUser, `group_${owner}`, `clone_${owner}`]],
  );
  for (const { name } of roles) {
    await sql(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
  }
};

const OBJECTS = `
  SELECT format('%s %I.%I %s %s', relkind, nspname, relname,
    coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN CAST('s' AS "char") ELSE CAST('r' AS "char") END, relowner)), relrowsecurity) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%'
  UNION ALL
  SELECT format('column %s.%I %s %s %s %s', CAST(attrelid AS regclass), attname, format_type(atttypid, atttypmod), attnotnull,
    pg_get_expr(adbin, adrelid), coalesce(attacl, '{}'))
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%'
  UNION ALL
  SELECT format('constraint %s on %s %s', conname, CAST(conrelid AS regclass), pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE conrelid <> 0 AND connamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  UNION ALL
  SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT format('function %s', CAST(oid AS regprocedure)) FROM pg_proc
  WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  UNION ALL
  SELECT format('schema %I %s', nspname, coalesce(nspacl, acldefault('n', nspowner))) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_t%'
  UNION ALL
  SELECT format('database %s', coalesce(datacl, acldefault('d', datdba))) FROM pg_database WHERE datname = current_database()
  UNION ALL
  SELECT format('role %I', rolname) FROM pg_roles WHERE rolname = $1
  ORDER BY line`;

const TABLES = `
  SELECT CAST(c.oid AS regclass) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%' ORDER BY 1`;

/** Every object with its rights, and every row of every table, as lines. */
export const dumpDatabase = async (service: Service, apiUser: string): Promise<string[]> => {
  const objects = await service.sql<{ line: string }>(OBJECTS, [apiUser]);
  return [...objects.map(({ line }) => line), ...(await dumpRows(service))];
};

/** The rows of all tables, or of these. */
export const dumpRows = async ({ sql }: Service, only?: readonly string[]): Promise<string[]> => {
  const tables = await sql<{ name: string }>(TABLES);
  const lines: string[] = [];
  for (const { name } of tables.filter((table) => only?.includes(table.name) ?? true)) {
    const rows = await sql<{ line: string }>(`SELECT CAST(t AS text) AS line FROM ${name} t ORDER BY 1`);
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  return lines;
};

/** `count` workspaces: every one with a legacy pick, every third with a MODEL row beside it. */
export const fleetSql = (count: number, columns = '', values = ''): string => `
  INSERT INTO workspaces (id, name)
  SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), 'w' || n FROM generate_series(1, ${count}) AS n;
  INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, created_at, updated_at${columns})
  SELECT workspaces.id, key, convert_to('anthropic:claude-' || name, 'UTF8'), '2024-01-01', '2024-01-02'${values}
  FROM workspaces, unnest(ARRAY['MODEL_PROVIDER', 'OTHER', 'MODEL']) AS key
  WHERE key <> 'MODEL' OR CAST(substr(name, 2) AS int) % 3 = 0;`;

export const workspaceId = (number: number): string =>
  number
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const parsed = ({ status, text }: HttpAnswer): unknown => ({ http: status, ...JSON.parse(text) });

/** The API works for a workspace, as its own database user: read, change, clear, set anew, provision. */
export const expectServed = async ({ get, put, provision }: Service, id: string): Promise<void> => {
  expect(parsed(await get(id))).toMatchObject({ http: 200 });
  expect(parsed(await put(id, 'anthropic:claude-opus-4-5'))).toMatchObject({
    http: 200,
    status: 'saved',
  });
  expect(parsed(await get(id))).toMatchObject({ http: 200, model: 'anthropic:claude-opus-4-5' });
  expect(expectSuccess(await provision({ workspace_id: id, runtime: 'langgraph' }))).toMatchObject({
    model: 'anthropic:claude-opus-4-5',
  });
  expect(parsed(await put(id, ''))).toMatchObject({ http: 200 });
  expect(parsed(await get(id))).toMatchObject({ http: 200, source: 'default' });
  expect(parsed(await put(id, 'anthropic:claude-opus-4-5'))).toMatchObject({ http: 200 });
};

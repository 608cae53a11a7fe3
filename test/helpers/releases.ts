// Releases of the service on a platform's database, to be deployed one after the other, and what can be seen of them.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { decrypt, parseEncryptionKey } from '../../functions/secrets/cipher.ts';
import { MIGRATIONS_DIRECTORY } from '../../lib/project.ts';
import type { OnCall } from '../../local/aws/faults.ts';
import type { Release } from './cloudformation.ts';
import { BASELINE, NEWEST } from './engine.ts';
import { dumpTables } from './fleet-states.ts';
import { startTestStack, type TestStack } from './local-stack.ts';
import { startProviderFramework } from './provider-framework.ts';
import { storedPicks } from './stored-picks.ts';

export type Releases = Awaited<ReturnType<typeof startReleases>>;

/** By workspace: the model, or what is answered instead. */
type Picks = Record<string, string>;

const NEXT = '99990101000000';
const WORKSPACES = 12;
const Answer = z.object({ model: z.string().optional(), code: z.string().optional() });

export const startReleases = async () => {
  const framework = await startProviderFramework();
  const directory = mkdtempSync(join(tmpdir(), 'releases-'));
  const apiUser = { username: `api_${randomBytes(8).toString('hex')}`, password: 'api' };

  const platform = await startTestStack({ apiUser });
  const { databaseUrl: sharedDatabaseUrl, encryptionKey } = platform;
  const beside = { apiUser, tables: false, sharedDatabaseUrl, encryptionKey };
  const broken = migrationsWith(
    join(directory, 'broken'),
    'CREATE TABLE next_release (id int); SELECT 1 / 0;',
  );
  const next = migrationsWith(join(directory, 'next'), 'CREATE TABLE next_release (id int);');
  const otherKey = randomBytes(32).toString('base64');
  const elsewhere = await startTestStack({ encryptionKey, migrationsDirectory: broken });
  const stacks = {
    first: platform,
    older: platform,
    broken: await startTestStack({ ...beside, migrationsDirectory: broken }),
    next: await startTestStack({ ...beside, migrationsDirectory: next }),
    moved: elsewhere,
    rekeyed: await startTestStack({ ...beside, encryptionKey: otherKey }),
  };
  const release = (name: keyof typeof stacks, TargetVersion: string, key = 'kept'): Release => {
    const { apiUserSecretArn, clusterArn, databaseName } = stacks[name];
    const properties = {
      TargetVersion,
      ExistingDatabase: 'true',
      ApiUserSecretArn: apiUserSecretArn,
      ClusterArn: clusterArn,
      DatabaseName: databaseName,
      EncryptionKeySecretArn: key,
    };
    return { api: stacks[name].api, send: framework.before(stacks[name]), properties };
  };

  return {
    platform,
    /** Another database of the platform's. */
    elsewhere,
    releases: {
      first: release('first', NEWEST),
      /** The first one with a database of its own. */
      own: ownReleaseOf(release('first', NEWEST)),
      /** The first one with `targetVersion`. */
      older: release('older', BASELINE),
      next: release('next', NEXT),
      /** Its last migration fails. */
      broken: release('broken', NEXT),
      /** The same on the other database. */
      moved: release('moved', NEXT),
      rekeyed: release('rekeyed', NEWEST, 'made anew'),
    },
    /** Lets calls to AWS go wrong, or kills the function that makes them; undefined lets them be. */
    disturb: (disturbing: ((stack: TestStack) => OnCall) | undefined): void => {
      for (const stack of new Set(Object.values(stacks))) {
        stack.aws.onCall = disturbing?.(stack);
      }
    },
    close: async (): Promise<void> => {
      const others = new Set(Object.values(stacks));
      others.delete(platform);
      await Promise.all([...others].map((each) => each.close()));
      await platform.close();
      await framework.close();
      rmSync(directory, { recursive: true });
    },
  };
};

const ownReleaseOf = (release: Release): Release => ({
  ...release,
  properties: { ...release.properties, ExistingDatabase: 'false' },
});

const migrationsWith = (migrations: string, up: string): string => {
  cpSync(MIGRATIONS_DIRECTORY, migrations, { recursive: true });
  writeFileSync(join(migrations, `${NEXT}_next_release.up.sql`), up);
  writeFileSync(join(migrations, `${NEXT}_next_release.down.sql`), 'DROP TABLE IF EXISTS next_release;');
  return migrations;
};

/** Puts a fleet into an emptied database: what its picks are to readers of before, and what they are to this service. */
export const loadPicks = async (stack: TestStack): Promise<{ legacy: Picks; current: Picks }> => {
  await stack.resetDatabase();
  const { addPick, storePick } = storedPicks(stack);
  const legacy: Picks = {};
  const current: Picks = {};
  for (let index = 1; index <= WORKSPACES; index += 1) {
    const model = `vendor/model-${index}`;
    const id = await addPick(model, { key: 'MODEL_PROVIDER' });
    legacy[id] = model;
    current[id] = model;
    if (index % 4 === 0) {
      current[id] = `vendor/own-${index}`;
      await storePick(id, current[id]);
    }
  }
  return { legacy, current };
};

/** What the platform's readers of before find. */
export const readAsBefore = async ({ sql, encryptionKey }: TestStack): Promise<Picks> => {
  const rows = await sql<{ id: string; value: Buffer }>(
    `SELECT workspace_id AS id, encrypted_value AS value FROM workspace_secrets WHERE key = 'MODEL_PROVIDER'`,
  );
  const key = parseEncryptionKey(encryptionKey);
  return Object.fromEntries(rows.map(({ id, value }) => [id, decrypt(key, value)]));
};

/** What a release answers to GET: the pick, or the code of an error. */
export const ask = async ({ api }: Release, ids: string[]): Promise<Picks> => {
  const answer = async (id: string): Promise<[string, string]> => {
    const { model = '', code = model } = Answer.parse(
      await (await fetch(`${api}/workspaces/${id}/model`)).json(),
    );
    return [id, code];
  };
  return Object.fromEntries(await Promise.all(ids.map(answer)));
};

export const ledgerOf = (stack: TestStack) => ifThere(stack, 'workspace_model_migrations', 'version, state');

/**
 * Rows, ledger, note, and every table, function, constraint and grant. A Delete that comes again may leave the table of the
 * note, with a row that keeps a Create of the deleted stack from beginning.
 */
export const stateOf = async (stack: TestStack) => ({
  rows: await dumpTables(stack),
  ledger: await ledgerOf(stack),
  note: await ifThere(
    stack,
    `workspace_model_deployment`,
    `CASE WHEN found -> 'deleted' IS NULL THEN stack_id END AS stack_id`,
  ).then((notes) => notes.filter(({ stack_id }) => stack_id !== null)),
  objects: await stack.sql(`
    SELECT name FROM (
      SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ) AS objects
    WHERE name NOT LIKE 'workspace_model_deployment%' ORDER BY 1`),
  grants: await stack.sql(
    'SELECT grantee, table_name FROM information_schema.role_table_grants WHERE grantee <> current_user ORDER BY 1, 2',
  ),
});

const ifThere = async ({ sql }: TestStack, table: string, columns: string) => {
  const [found] = await sql<{ name: string | null }>('SELECT to_regclass($1) AS name', [table]);
  return found?.name == null ? [] : sql(`SELECT ${columns} FROM ${table} ORDER BY 1`);
};

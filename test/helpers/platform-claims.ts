// What the tests of platforms claim of them, and what those have in common.
import { createSecretKey, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { reencrypt } from '../../functions/database/reencrypt.ts';
import { dumpRows, expectServed, type Platform, workspaceId } from './platform.ts';

/** Those of the platform itself. */
export const OWN_TABLES = ['workspaces', 'workspace_secrets'];

/** How many rows of each key there are in a fleet of nine. */
export const LEGACY_KEYS = { MODEL_PROVIDER: 9, OTHER: 9, MODEL: 3 };

export const TOUCH = `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
  CREATE TRIGGER touch BEFORE UPDATE ON workspace_secrets FOR EACH ROW EXECUTE FUNCTION touch();`;

/** How many rows of each key there are. */
export const keysOf = async ({ service }: Platform, table = 'workspace_secrets') =>
  Object.fromEntries(
    (
      await service.sql<{ key: string; rows: number }>(
        `SELECT key, count(*)::int AS rows FROM ${table} GROUP BY key`,
      )
    ).map(({ key, rows }) => [key, rows]),
  );

/** What stands in plain text, with a new key. */
export const encryptAnew = async ({ service }: Platform): Promise<void> => {
  const encrypting = { current: createSecretKey(randomBytes(32)), previous: undefined };
  let changed = 0;
  for await (const batch of reencrypt(service.executeAsOwner, { keys: encrypting, dryRun: false })) {
    changed += batch.changed;
  }
  expect(changed).toBeGreaterThan(0);
};

/** Renamed, served, and given back as it was. */
export const expectAccepted = async (platform: Platform, tables = OWN_TABLES): Promise<void> => {
  const { service } = platform;
  const before = await dumpRows(service, tables);
  await platform.deploy();
  await platform.undo();
  expect(await dumpRows(service, tables)).toEqual(before);
  await platform.deploy();
  for (const number of [1, 3]) {
    await expectServed(service, workspaceId(number));
  }
};

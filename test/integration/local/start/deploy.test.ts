import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { PLATFORM_TABLES } from '../../../../local/fleet/platform-tables.ts';
import { type LocalStack, startLocalStack } from '../../../../local/stack.ts';
import { deploy } from '../../../../local/start/deploy.ts';
import { State } from '../../../../local/start/state.ts';
import { databaseName, databaseUrl, withClient } from '../../../../local/support/database.ts';
import { StartError } from '../../../../local/support/start-error.ts';
import { createDatabase, testFunctions } from '../../../helpers/local-stack.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');

/** Users belong to the whole server, which other tests share. */
const apiUsers = new Set<string>();
let directory: string;

beforeEach(() => {
  directory = makeOwnDirectory();
});

afterEach(() => removeOwnDirectory(directory));

afterAll(() => sqlOn(inject('postgresUrl'), `DROP ROLE IF EXISTS ${[...apiUsers].join(', ')}`));

const sqlOn = (url: string, sql: string) => withClient(url, (client) => client.query(sql));

/** The URL of one with the platform's tables. */
const makeDatabase = async (): Promise<string> => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  await sqlOn(url, PLATFORM_TABLES);
  return url;
};

/** What a start does once its database is open, with its state in a directory of this name; what the deploy reports. */
const startOn = async (url: string, { encryptionKey = KEY, state = 'one' } = {}) => {
  const stack = await startLocalStack({ databaseUrl: url, encryptionKey, ...testFunctions() });
  onTestFinished(() => stack.close());
  apiUsers.add(stack.apiUser.username);
  const report = await deploy(stack, new State(join(directory, state)), { existingDatabase: true });
  return { stack, report };
};

/** By logins that are made now. */
const expectServing = async ({ api, databaseName, apiUser }: LocalStack): Promise<void> => {
  await sqlOn(
    inject('postgresUrl'),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = '${databaseName}' AND usename = '${apiUser.username}'`,
  );
  const get = await fetch(`${api}/workspaces/00000000-0000-4000-8000-000000000000/model`);
  expect(await get.json()).toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
};

describe('a start', () => {
  it('deploys nothing to the database that it has deployed to', async () => {
    const url = await makeDatabase();
    await startOn(url);
    const { stack, report } = await startOn(url);
    expect(report).toBeUndefined();
    await expectServing(stack);
  });

  it.each<[string, (apiUser: string) => string]>([
    ['was emptied', () => `DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${PLATFORM_TABLES}`],
    ["was copied to a server without the API's user", (user) => `DROP OWNED BY ${user}; DROP ROLE ${user}`],
    ["was restored without the grants of the API's user", (user) => `DROP OWNED BY ${user}`],
    ["has the API's user with another password", (user) => `ALTER ROLE ${user} PASSWORD 'other'`],
  ])('deploys again to a database that %s', async (_, change) => {
    const url = await makeDatabase();
    const first = await startOn(url);
    await sqlOn(url, change(first.stack.apiUser.username));
    const { stack, report } = await startOn(url);
    expect(report).toBeDefined();
    await expectServing(stack);
  });

  it('deploys again where it does not know which deploy was its last', async () => {
    const url = await makeDatabase();
    await startOn(url);
    const file = join(directory, 'one', 'deployed.json');
    const { RequestId: _, ...earlier } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify(earlier));
    const { stack, report } = await startOn(url);
    expect(report).toBeDefined();
    await expectServing(stack);
  });

  it('deploys to another database, too, and to the first one again', async () => {
    const [url, otherUrl] = [await makeDatabase(), await makeDatabase()];
    await startOn(url);
    const other = await startOn(otherUrl);
    expect(other.report).toBeDefined();
    await expectServing(other.stack);
    const again = await startOn(url);
    expect(again.report).toBeDefined();
    await expectServing(again.stack);
  });

  it('says what to do about a database in which it may not read what was deployed', async () => {
    const url = await makeDatabase();
    await startOn(url);
    const login = { username: `stranger_${randomBytes(4).toString('hex')}`, password: 'own' };
    await sqlOn(url, `CREATE ROLE ${login.username} LOGIN PASSWORD 'own'`);
    onTestFinished(async () => {
      await sqlOn(inject('postgresUrl'), `DROP ROLE ${login.username}`);
    });
    const refused = startOn(databaseUrl(url, databaseName(new URL(url)), login));
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(/workspaces belongs to \w+\. Use the secret of that user/);
  });

  it.each<[string, () => Promise<[string, string]>, { encryptionKey?: string }]>([
    [
      'another database of its server',
      async () => [await makeDatabase(), await makeDatabase()],
      { encryptionKey: OTHER_KEY },
    ],
    [
      'the same database and key',
      async () => {
        const url = await makeDatabase();
        return [url, url];
      },
      {},
    ],
  ])('leaves its login to the local stack of %s', async (_, makeDatabases, options) => {
    const [url, otherUrl] = await makeDatabases();
    const { stack } = await startOn(url);
    const other = await startOn(otherUrl, { state: 'two', ...options });
    await expectServing(stack);
    await expectServing(other.stack);
  });
});

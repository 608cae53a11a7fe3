// What "npm start" prints of a deploy, on databases that are not as the demo's.
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { PLATFORM_TABLES } from '../../../../local/fleet/platform-tables.ts';
import { showRename } from '../../../../local/start/show-rename.ts';
import { State } from '../../../../local/start/state.ts';
import { withClient } from '../../../../local/support/database.ts';
import { rulesOf } from '../../../helpers/catalogues.ts';
import { startTestStack } from '../../../helpers/local-stack.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';

let directory: string;

beforeEach(() => {
  directory = makeOwnDirectory();
});

afterEach(() => removeOwnDirectory(directory));

/** A start on a database that these statements have made; what is printed. */
const startOn = async (statements: string): Promise<string> => {
  const stack = await startTestStack({ tables: false });
  onTestFinished(() => stack.close());
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  const state = new State(directory);
  await withClient(stack.databaseUrl, async (client) => {
    await client.query(statements);
    await showRename({ client, key: stack.encryptionKey, stack, state, rules: rulesOf([], 'off') });
  });
  return log.mock.calls.join('\n');
};

it.each([
  [
    'cannot be read',
    'CREATE TABLE workspaces (id int PRIMARY KEY)',
    /The database lacks workspace_secrets\.id, .* or DATABASE_URL to another database\.$/s,
  ],
  [
    'are not on the search_path',
    `CREATE SCHEMA app; SET search_path = app; ${PLATFORM_TABLES}; RESET search_path`,
    /app\.workspaces is not on the search_path of postgres, .*ALTER ROLE/,
  ],
])('leaves it to the deploy to say what is wrong with tables that %s', async (_, statements, words) => {
  await expect(startOn(statements)).rejects.toThrow(words);
});

it('says how many workspaces it reads of a larger fleet', async () => {
  const printed = await startOn(
    `${PLATFORM_TABLES}; INSERT INTO workspaces (name) SELECT 'w' || n FROM generate_series(1, 1001) n`,
  );
  expect(printed).toMatch(/^What follows is of the first 1000 workspaces; "npm run models -- audit" /);
});

// What "npm start" shows of a platform's database, whose columns may be others.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { readFleet } from '../../../../local/fleet/read-fleet.ts';
import { fleetTable } from '../../../../local/start/fleet-table.ts';
import { rulesOf } from '../../../helpers/catalogues.ts';
import { startTestStack } from '../../../helpers/local-stack.ts';

/** A fleet of the tables that these statements have made of the usual ones. */
const readAfter = async (statements: string) => {
  const stack = await startTestStack();
  onTestFinished(() => stack.close());
  const client = new Client(stack.databaseUrl);
  await client.connect();
  onTestFinished(() => client.end());
  await stack.sql(statements);
  return readFleet(client, randomBytes(32).toString('base64'));
};

it('shows a workspace without a name without one', async () => {
  const fleet = await readAfter(
    'ALTER TABLE workspaces ALTER COLUMN name DROP NOT NULL; INSERT INTO workspaces (name) VALUES (NULL)',
  );

  expect(fleet).toMatchObject([{ name: '', runtime: 'langgraph', picks: {} }]);
  expect(fleetTable(fleet, fleet, rulesOf([], 'off'))).toContain('langgraph');
});

it('reads names, runtimes and keys of other types, and needs no column that a deploy does not', async () => {
  const fleet = await readAfter(`
    ALTER TABLE workspaces DROP COLUMN created_at, ALTER COLUMN name TYPE json USING to_json(name),
      ALTER COLUMN runtime DROP DEFAULT, ALTER COLUMN runtime TYPE json USING to_json(runtime);
    ALTER TABLE workspace_secrets ALTER COLUMN key TYPE char(14);
    WITH made AS (INSERT INTO workspaces (name, runtime) VALUES ('{"de": "Notizen"}', '"codex"') RETURNING id)
    INSERT INTO workspace_secrets (workspace_id, key, encrypted_value) SELECT id, 'MODEL', 'a/b' FROM made`);

  expect(fleet).toMatchObject([{ name: '{"de": "Notizen"}', runtime: '"codex"', picks: { MODEL: 'a/b' } }]);
  expect(fleetTable(fleet, fleet, rulesOf([], 'off'))).toContain('Notizen');
});

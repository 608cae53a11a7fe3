// What "npm start" shows of a platform's database, whose names may be lacking.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { readFleet } from '../../../../local/fleet/read-fleet.ts';
import { fleetTable } from '../../../../local/start/fleet-table.ts';
import { rulesOf } from '../../../helpers/catalogues.ts';
import { startTestStack } from '../../../helpers/local-stack.ts';

it('a workspace without a name is shown without one', async () => {
  const stack = await startTestStack();
  onTestFinished(() => stack.close());
  const client = new Client(stack.databaseUrl);
  await client.connect();
  onTestFinished(() => client.end());
  await stack.sql(
    'ALTER TABLE workspaces ALTER COLUMN name DROP NOT NULL; INSERT INTO workspaces (name) VALUES (NULL)',
  );

  const fleet = await readFleet(client, randomBytes(32).toString('base64'));

  expect(fleet).toMatchObject([{ name: '', runtime: 'langgraph', picks: {} }]);
  expect(fleetTable(fleet, fleet, rulesOf([], 'off'))).toContain('langgraph');
});

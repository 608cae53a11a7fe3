// An autovacuum at work on the table, which on a large fleet takes longer than a run waits for locks.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { event, succeed } from '../../../helpers/deploys.ts';
import { down, NEWEST, up } from '../../../helpers/engine.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { countKeys, dumpTables, loadFleet } from '../../../helpers/fleet-states.ts';
import { startTestStack, type TestStack } from '../../../helpers/local-stack.ts';

let stack: TestStack;
let server: Client;

/** For the whole server: how often it looks for tables to vacuum. */
const setNaptime = async (naptime: string): Promise<void> => {
  await server.query(`ALTER SYSTEM SET autovacuum_naptime = '${naptime}'`);
  await server.query('SELECT pg_reload_conf()');
};

beforeAll(async () => {
  stack = await startTestStack();
  server = new Client(inject('postgresUrl'));
  await server.connect();
  await setNaptime('1s');
});

afterAll(async () => {
  await setNaptime('1min');
  await server.end();
  await stack.close();
});

/** Makes an autovacuum begin that would take some ten minutes: it pauses for 0.1 s after each page. */
const beginSlowAutovacuum = async (table = 'workspace_secrets', column = 'created_at'): Promise<void> => {
  await stack.sql(`ALTER TABLE ${table} SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
    autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)`);
  await stack.sql(`UPDATE ${table} SET ${column} = ${column}`);
  await eventually('an autovacuum', () => isVacuumed(table)).toBe(true);
};

const isVacuumed = async (table: string): Promise<boolean> => {
  const rows = await stack.sql(`SELECT FROM pg_stat_progress_vacuum WHERE relid = '${table}'::regclass`);
  return rows.length > 0;
};

it('renames, and undoes it, while an autovacuum works on the table', async () => {
  await loadFleet(stack, 20_000);
  const before = await dumpTables(stack);
  await beginSlowAutovacuum();

  await up(stack);

  expect(await countKeys(stack)).toEqual({ OTHER: 20_000, MODEL: 20_000 });
  await beginSlowAutovacuum();
  await down(stack);
  expect(await dumpTables(stack)).toEqual(before);
});

it('deploys while an autovacuum works on the workspaces', async () => {
  await loadFleet(stack, 20_000);
  await beginSlowAutovacuum('workspaces', 'name');

  await succeed(stack, event('Create', NEWEST));

  expect(await countKeys(stack)).toEqual({ OTHER: 20_000, MODEL: 20_000 });
});

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { PLATFORM_TABLES } from '../../../local/fleet/platform-tables.ts';
import { withClient } from '../../../local/support/database.ts';
import { REPLACED_SHELL } from '../../helpers/command-line.ts';
import { eventually } from '../../helpers/eventually.ts';
import { expectStartRefused, untilReady, useNpmStart } from '../../helpers/npm-start.ts';

const { start, directory } = useNpmStart();

describe('npm start', () => {
  it('ends quietly on Ctrl-C while it deploys', async () => {
    const name = `start_${randomBytes(6).toString('hex')}`;
    const url = new URL(inject('postgresUrl'));
    await withClient(url.href, (admin) => admin.query(`CREATE DATABASE ${name}`));
    url.pathname = name;
    await withClient(url.href, async (client) => {
      await client.query(PLATFORM_TABLES);
      await client.query('BEGIN; LOCK TABLE workspace_secrets IN SHARE MODE');
      const running = start(['--empty'], { ...REPLACED_SHELL, DATABASE_URL: url.href });
      await eventually('migrate to wait for the lock', async () => {
        const { rows } = await client.query(
          "SELECT FROM pg_locks WHERE relation = 'workspace_secrets'::regclass AND NOT granted",
        );
        return rows.length;
      }).toBeGreaterThan(0);
      running.interrupt();
      expect([await running.ended, running.output()]).toEqual([0, '']);
    });
    await withClient(inject('postgresUrl'), (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  it('needs none of the variables that libpq reads', async () => {
    const variables = { PGSSLMODE: 'require', PGOPTIONS: '-c search_path=elsewhere', PGUSER: 'nobody' };
    expect((await untilReady(start([], variables))).workspaces).toHaveLength(24);
  });

  it('makes no fleet with --empty, and a new one with --fresh', async () => {
    const empty = start(['--empty']);
    expect((await untilReady(empty)).workspaces).toEqual([]);
    const key = readFileSync(join(directory(), 'encryption-key'), 'utf8');
    empty.process.kill('SIGTERM');
    await empty.ended;

    const fresh = start(['--fresh']);
    expect((await untilReady(fresh)).workspaces).toHaveLength(24);
    expect(readFileSync(join(directory(), 'encryption-key'), 'utf8')).not.toBe(key);
  });

  it('takes no pick that another key opens for a wrong one, and names the file of that key', async () => {
    const first = start();
    const { workspaces } = await untilReady(first);
    first.process.kill('SIGTERM');
    await first.ended;

    const second = start([], { SECRETS_ENCRYPTION_KEY: 'k'.repeat(32) });
    const { api } = await untilReady(second);
    expect(second.output()).toMatch(
      /^14 picks cannot be opened with this key\. \S+encryption-key has another/m,
    );
    const overwritten = workspaces.filter(({ id }) =>
      second.output().includes(`-X PUT ${api}/workspaces/${id}/`),
    );
    expect(overwritten.map(({ name }) => name)).toEqual(['invoice-triage', 'churn-watch']);
  });

  it('finds a place for PostgreSQL where only root may enter the state directory', async () => {
    chmodSync(directory(), 0o700);
    const running = start(['--empty']);
    const endpoints = await untilReady(running);
    if (process.getuid?.() === 0) {
      expect(running.output()).toMatch(
        /^PostgreSQL's data is in \S+: the account that runs it may not enter/m,
      );
    }
    const client = new Client(endpoints.databaseUrl);
    await client.connect();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('uses the PostgreSQL server in DATABASE_URL and starts none of its own', async () => {
    const name = `start_${randomBytes(6).toString('hex')}`;
    const admin = new Client(inject('postgresUrl'));
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(inject('postgresUrl'));
    url.pathname = name;

    const running = start([], { DATABASE_URL: url.href, SECRETS_ENCRYPTION_KEY: 'k'.repeat(32) });
    const endpoints = await untilReady(running);
    expect(endpoints.databaseUrl).toBe(url.href);
    expect(existsSync(join(directory(), 'postgres'))).toBe(false);
    const lambda = new LambdaClient({
      endpoint: endpoints.aws,
      region: endpoints.region,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const [workspace] = endpoints.workspaces;
    const Payload = JSON.stringify({ workspace_id: workspace?.id, runtime: workspace?.runtime });
    const reply = await lambda.send(
      new InvokeCommand({ FunctionName: endpoints.functions['provision'], Payload }),
    );
    expect(JSON.parse(reply.Payload?.transformToString() ?? '')).toMatchObject({
      source: 'workspace_secrets',
    });

    running.process.kill('SIGTERM');
    await running.ended;
    // As from another folder, which has made another key.
    rmSync(join(directory(), 'deployed.json'));
    const refused = start([], { DATABASE_URL: url.href, SECRETS_ENCRYPTION_KEY: 'l'.repeat(32) });
    await refused.ended;
    expect(refused.output()).toMatch(
      /opens none of the stored picks.+ set SECRETS_ENCRYPTION_KEY to the key/s,
    );
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });

  it('makes no demo fleet beside a platform that the login does not see, and changes nothing', async () => {
    const name = `start_${randomBytes(6).toString('hex')}`;
    const url = new URL(inject('postgresUrl'));
    await withClient(url.href, (admin) => admin.query(`CREATE DATABASE ${name}`));
    url.pathname = name;
    await withClient(url.href, async (client) => {
      await client.query(`CREATE SCHEMA app; SET search_path = app; ${PLATFORM_TABLES}`);
      await expectStartRefused(
        start([], { DATABASE_URL: url.href }),
        /^Cannot start: .*app\.workspaces is not on the search_path of /,
      );
      const { rows } = await client.query("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace");
      expect(rows).toEqual([]);
    });
    await withClient(inject('postgresUrl'), (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  it('lets SQL reach no program and no file, and has the request functions work as the user that migrate made', async () => {
    const { databaseUrl, api, workspaces } = await untilReady(start());
    expect((await fetch(`${api}/workspaces/${workspaces[0]?.id}/model`)).status).toBe(200);
    await withClient(databaseUrl, async (client) => {
      const { rows } = await client.query(
        'SELECT DISTINCT usename, rolsuper FROM pg_stat_activity JOIN pg_roles ON usename = rolname WHERE datname = current_database() ORDER BY 1',
      );
      expect(rows).toEqual([
        { usename: expect.stringMatching(/^workspace_model_api_/), rolsuper: false },
        { usename: 'workspaces_owner', rolsuper: false },
      ]);
      for (const sql of [
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY workspaces TO '/tmp/file'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        'GRANT pg_execute_server_program TO CURRENT_USER',
        'ALTER ROLE CURRENT_USER SUPERUSER',
        'SET ROLE postgres',
      ]) {
        await expect(client.query(sql), sql).rejects.toThrow(/permission denied|must be/);
      }
    });
  });

  it.each(
    Object.entries({
      'a directory is in its place': (log: string) => mkdirSync(log),
      // Linux alone has this device.
      ...(existsSync('/dev/full') && { 'the disk is full': (log: string) => symlinkSync('/dev/full', log) }),
    }),
  )('goes on where the log of the functions cannot be written, and says so: %s', async (_, prevent) => {
    const running = start(['--empty']);
    const { api } = await untilReady(running);
    rmSync(join(directory(), 'functions.log'), { force: true });
    prevent(join(directory(), 'functions.log'));
    const get = () => fetch(`${api}/workspaces/00000000-0000-4000-8000-000000000000/model`);
    expect((await get()).status).toBe(404);
    expect((await get()).status).toBe(404);
    expect(running.output().match(/functions\.log cannot be written/g)).toHaveLength(1);
  });

  it('grants what the code has come to need, although no migration is new', async () => {
    const first = start(['--empty']);
    const { databaseUrl } = await untilReady(first);
    await withClient(databaseUrl, (client) =>
      client.query(`DO $$ BEGIN
        EXECUTE format('REVOKE SELECT ON workspace_model_picks FROM %I',
          (SELECT rolname FROM pg_roles WHERE rolname LIKE 'workspace_model_api_%'));
      END $$`),
    );
    first.process.kill('SIGTERM');
    await first.ended;
    // As the code left it whose grants were others.
    const file = join(directory(), 'deployed.json');
    const deployed = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, JSON.stringify({ ...deployed, CodeHash: 'of the code before' }));

    const { api } = await untilReady(start(['--empty']));
    const get = await fetch(`${api}/workspaces/00000000-0000-4000-8000-000000000000/model`);
    expect(await get.json()).toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  });

  it('refuses a damaged deployed.json, in one sentence that says what to do', async () => {
    const first = start(['--empty']);
    await untilReady(first);
    first.process.kill('SIGTERM');
    await first.ended;
    writeFileSync(join(directory(), 'deployed.json'), '{');
    await expectStartRefused(
      start(),
      /^Cannot start: \S+deployed\.json is damaged\. Restore it; or remove it, and /,
    );
  });
});

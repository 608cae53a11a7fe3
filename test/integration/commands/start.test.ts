import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import * as z from 'zod';
import { PLATFORM_TABLES } from '../../../local/fleet/platform-tables.ts';
import { removePostgres } from '../../../local/postgres/remove-postgres.ts';
import { startVariables } from '../../../local/start/variables.ts';
import { withClient } from '../../../local/support/database.ts';
import { eventually } from '../../helpers/eventually.ts';
import { npmStart, processesNaming, type RunningStart, untilReady } from '../../helpers/npm-start.ts';

let directory: string;
let started: RunningStart[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'workspace-model-start-'));
  chmodSync(directory, 0o755);
  started = [];
});

afterEach(async () => {
  for (const { process: child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await eventually('the end of every process', () => processesNaming(directory)).toEqual([]);
  await removePostgres(directory);
  rmSync(directory, { recursive: true });
});

const start = (flags: string[] = [], variables: Record<string, string> = {}): RunningStart => {
  const running = npmStart(directory, flags, variables);
  started.push(running);
  return running;
};

/** Does what a printed curl command says. */
const paste = async (command: string): Promise<unknown> => {
  const [, method = 'GET', url = '', body] =
    /^ *curl (?:-X (\w+) )?(\S+)(?: -d '(.*)')?$/.exec(command) ?? [];
  const response = await fetch(url, { method, ...(body !== undefined && { body }) });
  expect(response.status).toBe(200);
  return response.json();
};

const picksOf = async ({ api, workspaces }: Awaited<ReturnType<typeof untilReady>>) =>
  Promise.all(
    workspaces.map(async ({ id, name }) => ({
      name,
      ...Object(await (await fetch(`${api}/workspaces/${id}/model`)).json()),
    })),
  );

const expectRefused = async (running: RunningStart, words: RegExp) => {
  expect(await running.ended).toBe(1);
  expect(running.output().trim()).toMatch(words);
  expect(running.output().trim().split('\n')).toHaveLength(1);
};

describe('npm start', () => {
  it('shows the rename, prints commands that work, and has the same picks after being killed', async () => {
    const first = start();
    const endpoints = await untilReady(first, directory);
    expect(endpoints.workspaces).toHaveLength(24);
    expect(first.output()).toMatch(
      /^churn-watch +claude-code +MODEL_PROVIDER +MODEL +minimax +not a model id \(PROVIDER_SLUG\)$/m,
    );
    expect(first.output()).toMatch(/Renamed 13, Superseded 3,.* Suspects 2/);

    const [get = '', put = '', provision = '', look = '', mend = ''] =
      first.output().match(/^ *curl .*/gm) ?? [];
    expect(await paste(get)).toEqual({ model: 'anthropic/claude-sonnet-4.5', source: 'workspace_secrets' });
    expect(await paste(put)).toEqual({ status: 'saved', model: 'minimax/MiniMax-M2.7' });
    expect(await paste(provision)).toMatchObject({ env: { MODEL: 'minimax/MiniMax-M2.7' } });
    expect(first.output()).toMatch(/^2 picks are no model id\. .*:\n# churn-watch: minimax\ncurl /m);
    expect(await paste(look)).toMatchObject({ model: 'minimax', problem: { code: 'PROVIDER_SLUG' } });
    expect(await paste(mend)).toMatchObject({ status: 'saved' });
    const picks = await picksOf(endpoints);

    first.process.kill('SIGKILL');
    const second = start();
    const again = await untilReady(second, directory);
    expect(again.workspaces).toEqual(endpoints.workspaces);
    expect(await picksOf(again)).toEqual(picks);
    expect(second.output()).toContain('24 workspaces, migrated before');
    // The server's shell and the one that watches this process.
    expect(
      processesNaming(`${directory}/postgres/data`).filter((command) => command.startsWith('/bin/sh')),
    ).toHaveLength(2);
    await expect(fetch(endpoints.api)).rejects.toThrow();
  });

  it('ends every process on Ctrl-C, with success', async () => {
    const running = start(['--empty']);
    const endpoints = await untilReady(running, directory);
    running.interrupt();
    await running.ended;
    await eventually('the end of every process', () => processesNaming(directory)).toEqual([]);
    await expect(fetch(endpoints.api)).rejects.toThrow();
    expect(existsSync(join(directory, 'endpoints.json'))).toBe(false);
  });

  it('ends quietly on Ctrl-C while it deploys', async () => {
    const name = `start_${randomBytes(6).toString('hex')}`;
    const url = new URL(inject('postgresUrl'));
    await withClient(url.href, (admin) => admin.query(`CREATE DATABASE ${name}`));
    url.pathname = name;
    await withClient(url.href, async (client) => {
      await client.query(PLATFORM_TABLES);
      await client.query('BEGIN; LOCK TABLE workspace_secrets IN SHARE MODE');
      const running = start(['--empty'], { DATABASE_URL: url.href });
      await eventually('migrate to wait for the lock', async () => {
        const { rows } = await client.query(
          "SELECT FROM pg_locks WHERE relation = 'workspace_secrets'::regclass AND NOT granted",
        );
        return rows.length;
      }).toBeGreaterThan(0);
      running.interrupt();
      await running.ended;
      expect(running.output()).toBe('');
    });
    await withClient(inject('postgresUrl'), (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  it('needs none of the variables that libpq reads', async () => {
    const variables = { PGSSLMODE: 'require', PGOPTIONS: '-c search_path=elsewhere', PGUSER: 'nobody' };
    expect((await untilReady(start([], variables), directory)).workspaces).toHaveLength(24);
  });

  it('makes no fleet with --empty, and a new one with --fresh', async () => {
    const empty = start(['--empty']);
    expect((await untilReady(empty, directory)).workspaces).toEqual([]);
    const key = readFileSync(join(directory, 'encryption-key'), 'utf8');
    empty.process.kill('SIGTERM');
    await empty.ended;

    const fresh = start(['--fresh']);
    expect((await untilReady(fresh, directory)).workspaces).toHaveLength(24);
    expect(readFileSync(join(directory, 'encryption-key'), 'utf8')).not.toBe(key);
  });

  it('finds a place for PostgreSQL where only root may enter the state directory', async () => {
    chmodSync(directory, 0o700);
    const endpoints = await untilReady(start(['--empty']), directory);
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
    const endpoints = await untilReady(running, directory);
    expect(endpoints.databaseUrl).toBe(url.href);
    expect(existsSync(join(directory, 'postgres'))).toBe(false);
    const lambda = new LambdaClient({
      endpoint: endpoints.aws,
      region: endpoints.region,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const [workspace] = endpoints.workspaces;
    const Payload = JSON.stringify({ workspace_id: workspace?.id, runtime: workspace?.runtime });
    const reply = await lambda.send(
      new InvokeCommand({ FunctionName: endpoints.functions.provision, Payload }),
    );
    expect(JSON.parse(reply.Payload?.transformToString() ?? '')).toMatchObject({
      source: 'workspace_secrets',
    });

    running.process.kill('SIGTERM');
    await running.ended;
    // As from another folder, which has made another key.
    rmSync(join(directory, 'deployed.json'));
    const refused = start([], { DATABASE_URL: url.href, SECRETS_ENCRYPTION_KEY: 'l'.repeat(32) });
    await refused.ended;
    expect(refused.output()).toMatch(
      /opens none of the stored picks.+ set SECRETS_ENCRYPTION_KEY to the key/s,
    );
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });

  it('lets SQL reach no program and no file, and has get, set and provision work as the user that migrate made', async () => {
    const { databaseUrl, api, workspaces } = await untilReady(start(), directory);
    expect((await fetch(`${api}/workspaces/${workspaces[0]?.id}/model`)).status).toBe(200);
    await withClient(databaseUrl, async (client) => {
      const { rows } = await client.query(
        'SELECT DISTINCT usename, rolsuper FROM pg_stat_activity JOIN pg_roles ON usename = rolname WHERE datname = current_database() ORDER BY 1',
      );
      expect(rows).toEqual([
        { usename: 'workspace_model_api', rolsuper: false },
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
    const { api } = await untilReady(running, directory);
    rmSync(join(directory, 'functions.log'), { force: true });
    prevent(join(directory, 'functions.log'));
    const get = () => fetch(`${api}/workspaces/00000000-0000-4000-8000-000000000000/model`);
    expect((await get()).status).toBe(404);
    expect((await get()).status).toBe(404);
    expect(running.output().match(/functions\.log cannot be written/g)).toHaveLength(1);
  });

  it('grants what the code has come to need, although no migration is new', async () => {
    const first = start(['--empty']);
    const { databaseUrl } = await untilReady(first, directory);
    await withClient(databaseUrl, (client) =>
      client.query('REVOKE SELECT ON workspace_model_picks FROM workspace_model_api'),
    );
    first.process.kill('SIGTERM');
    await first.ended;
    // As the code left it whose grants were others.
    const file = join(directory, 'deployed.json');
    const deployed = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, JSON.stringify({ ...deployed, CodeHash: 'of the code before' }));

    const { api } = await untilReady(start(['--empty']), directory);
    const get = await fetch(`${api}/workspaces/00000000-0000-4000-8000-000000000000/model`);
    expect(await get.json()).toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  });

  it('refuses a damaged deployed.json, in one sentence that says what to do', async () => {
    const first = start(['--empty']);
    await untilReady(first, directory);
    first.process.kill('SIGTERM');
    await first.ended;
    writeFileSync(join(directory, 'deployed.json'), '{');
    await expectRefused(
      start(),
      /^Cannot start: \S+deployed\.json is damaged\. Restore it; or remove it, and /,
    );
  });

  it('tells a wrong flag as every command does', async () => {
    const running = start(['--frehs']);
    expect(await running.ended).toBe(2);
    expect(running.output()).toMatch(
      /^Unknown option '--frehs'\. Known are --fresh, --empty, --help\.\n\nSee npm start/,
    );
  });
});

describe('npm start is refused, with one sentence that says what to do,', () => {
  it('refuses to start on a port that is taken, naming the variable to set', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? `${address?.port}` : '';
    await expectRefused(
      start([], { API_PORT: port }),
      new RegExp(`^Cannot start: Port ${port} is taken. Set API_PORT`),
    );
    await expectRefused(
      start([], { AWS_PORT: port }),
      new RegExp(`^Cannot start: Port ${port} is taken. Set AWS_PORT`),
    );
    other.close();
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'a port that is none',
      [],
      { API_PORT: '70000' },
      /^Cannot start: API_PORT is "70000"; it must be a port/,
    ],
    [
      'one port for both',
      [],
      { API_PORT: '3111', AWS_PORT: '3111' },
      /^Cannot start: API_PORT and AWS_PORT are both 3111/,
    ],
    [
      'a key of another length',
      [],
      { SECRETS_ENCRYPTION_KEY: 'short' },
      /^Cannot start: SECRETS_ENCRYPTION_KEY must be base64/,
    ],
    [
      'a database that is no URL',
      [],
      { DATABASE_URL: 'here' },
      /^Cannot start: DATABASE_URL must look like postgresql:/,
    ],
    [
      'a database that is not there',
      [],
      { DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c' },
      /^Cannot start: PostgreSQL at 127\.0\.0\.1:1\/c cannot be used: /,
    ],
    [
      '--fresh of another server',
      ['--fresh'],
      { DATABASE_URL: 'postgresql://a:b@h/c' },
      /^Cannot start: --fresh does not/,
    ],
  ])('refuses to start with %s, in one sentence that says what to do', async (_, flags, variables, words) => {
    await expectRefused(start(flags, variables), words);
  });

  it('prints flags and variables with --help', async () => {
    const running = start(['--help']);
    expect(await running.ended).toBe(0);
    const said = ['--fresh', '--empty', ...Object.keys(startVariables)];
    expect(said.filter((word) => !running.output().includes(word))).toEqual([]);
  });
});

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENDPOINTS_FILE } from '../../../local/start/endpoints.ts';
import { startVariables } from '../../../local/start/variables.ts';
import { REPLACED_SHELL } from '../../helpers/command-line.ts';
import { eventually } from '../../helpers/eventually.ts';
import { expectStartRefused, processesNaming, untilReady, useNpmStart } from '../../helpers/npm-start.ts';

const { start, directory } = useNpmStart();

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

describe('npm start', () => {
  it('shows the rename, prints commands that work, and has the same picks after being killed', async () => {
    const first = start();
    const endpoints = await untilReady(first);
    expect(endpoints).toMatchObject({
      clusterArn: expect.stringMatching(/^arn:aws:rds:/),
      databaseSecretArn: expect.stringMatching(/^arn:aws:secretsmanager:/),
      encryptionKeySecretArn: expect.stringMatching(/^arn:aws:secretsmanager:/),
      databaseUrl: expect.stringMatching(/^postgresql:/),
    });
    expect(endpoints.functions).toEqual({
      migrate: 'migrate',
      getModel: 'get-model',
      setModel: 'set-model',
      getModelHistory: 'get-model-history',
      listModels: 'list-models',
      provision: 'provision',
      audit: 'audit',
      listCatalogue: 'list-catalogue',
    });
    expect(Object.keys(endpoints.workspaces[0] ?? {}).toSorted()).toEqual(['id', 'name', 'runtime']);
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
    const again = await untilReady(second);
    expect(again.workspaces).toEqual(endpoints.workspaces);
    expect(await picksOf(again)).toEqual(picks);
    expect(second.output()).toContain('24 workspaces, migrated before');
    // The server's shell and the one that watches this process.
    expect(
      processesNaming(`${directory()}/postgres/data`).filter((command) => command.startsWith('/bin/sh')),
    ).toHaveLength(2);
    await expect(fetch(endpoints.api)).rejects.toThrow();
  });

  it('ends every process on Ctrl-C, with success', async () => {
    const running = start(['--empty'], REPLACED_SHELL);
    const endpoints = await untilReady(running);
    running.interrupt();
    expect(await running.ended).toBe(0);
    await eventually('the end of every process', () => processesNaming(directory())).toEqual([]);
    await expect(fetch(endpoints.api)).rejects.toThrow();
    expect(existsSync(join(directory(), ENDPOINTS_FILE))).toBe(false);
  });

  it('reports a wrong flag as every command does', async () => {
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
    await expectStartRefused(
      start([], { API_PORT: port }),
      new RegExp(`^Cannot start: Port ${port} is taken. Set API_PORT`),
    );
    await expectStartRefused(
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
      'a password with a bare %',
      [],
      { DATABASE_URL: 'postgresql://u:100%sure@127.0.0.1:1/c' },
      /^Cannot start: DATABASE_URL has a % .* write it as %25\./,
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
    await expectStartRefused(start(flags, variables), words);
  });

  it('prints flags and variables with --help', async () => {
    const running = start(['--help']);
    expect(await running.ended).toBe(0);
    const said = ['--fresh', '--empty', ...Object.keys(startVariables)];
    expect(said.filter((word) => !running.output().includes(word))).toEqual([]);
  });
});

// npm run console: the console of a deployed stack, whose server answers nobody without its key.
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelClient, unchanged } from '../../../client/client.ts';
import { KEY_HEADER } from '../../../local/console/key-header.ts';
import { freePort } from '../../../local/support/listen.ts';
import { openConsole, pressCtrlC, resultOf, spawnCommand, spawnNpm } from '../../helpers/command-line.ts';
import { deployedAs } from '../../helpers/deployed-stack.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Service, startService } from '../../helpers/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

/** The server of a console, its key, and the client that its page uses. */
const openServer = async () => {
  const { origin: url, hash } = new URL(await openConsole('models', await deployedAs('models', service)));
  const key = { [KEY_HEADER]: hash.slice(1) };
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { ...init.headers, ...key } });
  const client = new ModelClient({ url: '', fetch: ask });
  return { url, key, ask, client };
};

describe('the server of a deployed console', () => {
  it('passes on the API with its conditions, asks provision, and reads the migrations', async () => {
    const id = await service.addPick('minimax/old');
    const { ask, client } = await openServer();
    const { etag } = await client.get(id);
    await client.set(id, 'minimax/new', unchanged(etag));
    await expect(client.set(id, 'minimax/newer', unchanged(etag))).rejects.toMatchObject({
      code: 'PICK_CHANGED',
    });
    await expect(client.set(id, 'claude-code')).rejects.toMatchObject({ code: 'RUNTIME_NAME' });
    expect(await client.list()).toMatchObject({ items: [{ model: 'minimax/new' }] });
    expect(await client.history(id)).toMatchObject([{ model: 'minimax/new' }]);
    const { headers } = await ask(`/workspaces/${id}/model`);
    expect(headers.get('cache-control')).toBe('no-store');

    const machine = await ask(`/console/provision?workspace_id=${id}&runtime=langgraph`);
    expect(await machine.json()).toMatchObject({ env: { MODEL: 'minimax/new' } });
    const migrations = await ask('/console/migrations');
    expect(await migrations.json()).toMatchObject({ rename: { renamed: 0 } });
    expect(await (await ask('/console/about')).json()).toEqual({ title: 'stack models in us-east-1' });
  });

  it.each([
    ['no key', {}],
    ['another key of the same length', { [KEY_HEADER]: 'a'.repeat(43) }],
    ['a shorter key', { [KEY_HEADER]: 'a' }],
  ])('answers nothing but its files to %s, and asks nobody', async (_, headers) => {
    const id = await service.addPick('minimax/old');
    const { url } = await openServer();
    const asked = service.aws.calls.length;
    for (const path of [
      `/workspaces/${id}/model`,
      '/models',
      '/console/migrations',
      '/console/about',
      '/x',
    ]) {
      const { status } = await fetch(`${url}${path}`, { headers });
      expect([path, status]).toEqual([path, 403]);
    }
    const put = await fetch(`${url}/workspaces/${id}/model`, {
      method: 'PUT',
      body: '{"model":""}',
      headers,
    });
    expect(await put.json()).toEqual({ message: expect.stringMatching(/whole address/) });
    expect(service.aws.calls.length).toBe(asked);
    for (const path of ['/', '/console.js', '/console.css', '/openapi.json']) {
      expect([path, (await fetch(`${url}${path}`, { headers })).status]).toEqual([path, 200]);
    }
  });

  it.each(['http://attacker.example/', '@attacker.example/', '*'])(
    'sends nothing for the request target %s',
    async (path) => {
      const { url, key } = await openServer();
      const status = await new Promise((resolve, reject) => {
        const { port } = new URL(url);
        const sent = request({ port, host: '127.0.0.1', path, headers: key }, (response) =>
          resolve(response.statusCode),
        );
        sent.on('error', reject).end();
      });
      expect(status).toBe(400);
    },
  );

  it('says what AWS says where it cannot be asked', async () => {
    const environment = await deployedAs('models', service);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const address = await openConsole('models', {
      ...environment,
      AWS_ENDPOINT_URL_RDS_DATA: nobody,
      AWS_MAX_ATTEMPTS: '1',
    });
    const { origin, hash } = new URL(address);
    const answer = await fetch(`${origin}/console/migrations`, { headers: { [KEY_HEADER]: hash.slice(1) } });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toEqual({
      message: expect.stringMatching(/cannot be asked: .*ECONNREFUSED/),
    });
  });
});

it('ends at one Ctrl-C, without a word', async () => {
  const child = spawnNpm('console', ['--stack', 'models'], tmpdir(), await deployedAs('models', service));
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const ended = resultOf(child);
  await eventually('the address', () => said).toContain('http://');
  pressCtrlC(child);
  const { code, err } = await ended;
  // What npm passes on may come as Node is on its way out already, which then ends by it.
  expect([0, null]).toContain(code);
  expect(err).toBe('');
});

describe('a usage that cannot be meant', () => {
  it.each([
    [[], /Name the stack: --stack\. The local stack has its console at the address that "npm start" prints/],
    [['--stack', 'models', '--port', 'http'], /--port is "http". Give a number/],
    [['--stack', 'models', '--port', '65536'], /--port is "65536"/],
    [['--stack', 'models'], /No region is set/],
    [['--name', 'models'], /Known are --stack, --port, --help/],
  ])('is refused: %j', async (args, message) => {
    const environment = { AWS_REGION: '', AWS_CONFIG_FILE: '/dev/null' };
    const { code, out, err } = await resultOf(spawnCommand('console', args, tmpdir(), environment));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('is a port that is taken', async () => {
    const environment = await deployedAs('models', service);
    const args = ['--stack', 'models', '--port', new URL(service.api).port];
    expect(await resultOf(spawnCommand('console', args, tmpdir(), environment))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^Port \d+ is taken\. Give another --port/),
    });
  });
});

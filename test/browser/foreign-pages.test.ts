// A page on another origin tries everything that a page can send, at every operation of both servers, in a real browser.
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { operations } from '../../local/aws/operations.ts';
import { startChromium } from '../../local/support/chromium.ts';
import { closeNow, listen } from '../../local/support/listen.ts';
import { startTestStack, type TestStack } from '../helpers/local-stack.ts';

interface Attack {
  method: string;
  url: string;
  body: string;
  /** Secrets Manager's protocol names the operation in a header. */
  headers: Record<string, string>;
}

const ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const ATTACK = fileURLToPath(new URL('./attack.js', import.meta.url));

let stack: TestStack;
let browser: Browser;
let page: Page;
/** Serves the attacker's page, and notes what a browser sends to it. */
let attacker: Server;
let attackerPort: number;
let received: string[];

beforeAll(async () => {
  stack = await startTestStack({ hasConsole: true, migrated: true });
  received = [];
  attacker = createServer((message, response) => {
    if (message.url !== '/page') {
      received.push(`${message.method} ${message.url}`);
    }
    message.resume();
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>attacker</title><iframe name="target"></iframe>');
  });
  attackerPort = await listen(attacker, 0);
  browser = await startChromium([
    '--host-resolver-rules=MAP *.example 127.0.0.1',
    // Newer Chromium asks before a page from elsewhere reaches loopback. Others do not, and the stack must not need it.
    '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,PrivateNetworkAccessChecks',
  ]);
});

afterAll(async () => {
  await browser?.close();
  await closeNow(attacker);
  await stack.close();
});

beforeEach(async () => {
  await stack.sql('TRUNCATE workspaces CASCADE');
  await stack.sql("INSERT INTO workspaces (id, name) VALUES ($1, 'demo')", [ID]);
  page = await browser.newPage();
});

afterEach(() => page.close());

const INSERT = "INSERT INTO workspaces (name) VALUES ('of a page')";

/** Every operation of the AWS endpoint with a body that it would carry out, and the API's two. */
const attacksOn = (api: string, aws: string): Attack[] => {
  const bodies: Record<keyof typeof operations, object> = {
    ExecuteStatement: { ...stack.target, sql: INSERT },
    BatchExecuteStatement: { ...stack.target, sql: INSERT, parameterSets: [[]] },
    BeginTransaction: stack.target,
    CommitTransaction: { ...stack.target, transactionId: 'x' },
    RollbackTransaction: { ...stack.target, transactionId: 'x' },
    GetSecretValue: { SecretId: stack.databaseSecretArn },
    DescribeSecret: { SecretId: stack.databaseSecretArn },
    Invoke: {
      RequestType: 'Create',
      RequestId: 'r',
      ResourceProperties: { TargetVersion: '00000000000000' },
    },
  };
  const onAws = Object.entries(operations).map(([name, { route }]): Attack => {
    const [method = '', path] = route.includes(' ') ? route.split(' ') : ['POST', '/'];
    return {
      method,
      url: `${aws}${path?.replace('{FunctionName}', 'migrate')}`,
      body: JSON.stringify(Object.entries(bodies).find(([operation]) => operation === name)?.[1]),
      headers: route.includes(' ') ? {} : { 'x-amz-target': route },
    };
  });
  const model = `${api}/workspaces/${ID}/model`;
  return [
    ...onAws,
    { method: 'PUT', url: model, body: '{"model":"minimax/MiniMax-M2.7"}', headers: {} },
    { method: 'GET', url: model, body: '', headers: {} },
  ];
};

/** Sends each in every way that a page has. Returns what the page could see of the answers. */
const tryAll = async (attacks: Attack[]): Promise<string[]> => {
  await page.addScriptTag({ path: ATTACK });
  return z.array(z.string()).parse(await page.evaluate(`tryAll(${JSON.stringify(attacks)})`));
};

/** What the stack has done so far: calls, log lines, rows. */
const deedsOf = async () => ({
  calls: stack.aws.calls.length,
  logs: stack.logs(),
  rows: await stack.sql(
    'SELECT name, key FROM workspaces w LEFT JOIN workspace_secrets ON workspace_id = w.id',
  ),
});

const expectNothingHappens = async (action: () => Promise<unknown>) => {
  const before = await deedsOf();
  await action();
  expect(await deedsOf()).toEqual(before);
};

describe('a page on another origin', () => {
  it.each([
    ['another name', () => `http://attacker.example:${attackerPort}`],
    ['another port of this machine', () => `http://127.0.0.1:${attackerPort}`],
    ['another name for this machine, and another port', () => `http://localhost:${attackerPort}`],
  ])('gets nothing done and reads nothing, from %s', async (_, origin) => {
    await page.goto(`${origin()}/page`);
    await expectNothingHappens(async () => {
      const seen = await tryAll(attacksOn(stack.api, stack.aws.url));
      expect(seen.filter((answer) => !answer.startsWith('opaque 0'))).toEqual([]);
    });
  });

  it('does send all of that: a server without protection receives it', async () => {
    await page.goto(`http://attacker.example:${attackerPort}/page`);
    const elsewhere = `http://127.0.0.1:${attackerPort}`;
    await tryAll(attacksOn(elsewhere, elsewhere));
    for (const { method, url } of attacksOn(elsewhere, elsewhere)) {
      const path = new URL(url).pathname;
      expect(received, path).toContain(`GET ${path}`);
      if (method === 'POST') {
        expect(received, path).toContain(`POST ${path}`);
      }
    }
  });

  it('cannot show the stack in a frame', async () => {
    await page.goto(`http://attacker.example:${attackerPort}/page`);
    const refused = page.waitForResponse((response) => response.url().startsWith(stack.api));
    await page.evaluate(`document.querySelector('iframe').src = '${stack.api}'`);
    expect((await refused).status()).toBe(403);
  });
});

it('refuses a page whose name was rebound to this machine, at the stack’s own ports', async () => {
  for (const target of [stack.api, stack.aws.url]) {
    const rebound = `http://rebound.example:${new URL(target).port}`;
    // The page comes from the attacker, before the name points here.
    await page.route(`${rebound}/page`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>rebound</title>' }),
    );
    await page.goto(`${rebound}/page`);
    await expectNothingHappens(async () => {
      const seen = await tryAll(attacksOn(rebound, rebound).filter(({ url }) => url.startsWith(rebound)));
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((answer) => !/^(?:basic|opaque) (?:403|0)/.test(answer))).toEqual([]);
    });
  }
});

it('serves its own page, which may read and set a pick', async () => {
  await page.goto(stack.api);
  expect(await page.title()).toBe('Workspace models');
  const answers = await page.evaluate(`(async (path) => {
    const put = await fetch(path, { method: 'PUT', body: '{"model":"minimax/MiniMax-M2.7"}' });
    const get = await fetch(path);
    return [put.status, await put.json(), get.status, await get.json()];
  })('/workspaces/${ID}/model')`);
  expect(answers).toEqual([
    200,
    { status: 'saved', model: 'minimax/MiniMax-M2.7' },
    200,
    { model: 'minimax/MiniMax-M2.7', source: 'workspace_secrets' },
  ]);
});

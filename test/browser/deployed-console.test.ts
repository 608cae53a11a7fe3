// The console of a deployed stack in a real Chromium, as `npm run console` serves it.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startChromium } from '../../local/support/chromium.ts';
import { openConsole } from '../helpers/command-line.ts';
import { deployedAs } from '../helpers/deployed-stack.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Service, startService } from '../helpers/service.ts';

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await startService();
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await service.close();
});

beforeEach(() => service.sql('TRUNCATE workspaces CASCADE'));

const serve = async () => openConsole('models', await deployedAs('models', service));
const newPage = async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  return page;
};

const expectTried = async (page: Page): Promise<void> => {
  const id = await service.addPick('minimax/MiniMax-M2.7');
  const get = page.locator('.opblock').filter({ hasText: 'Get the picked model' });
  await get.locator('.opblock-summary-control').click();
  await get.getByRole('button', { name: 'Try it out' }).click();
  await get.getByPlaceholder('id').fill(id);
  await get.getByRole('button', { name: 'Execute' }).click();
  await get.locator('.live-responses-table').getByText('minimax/MiniMax-M2.7').waitFor();
};

it('sets a pick, shows the machine and the migrations, and works on after a reload', async () => {
  const id = await service.addPick('minimax');
  const page = await newPage();
  await page.goto(await serve());
  await page.getByText('stack models in us-east-1').waitFor();
  await page.getByRole('row').filter({ hasText: 'PROVIDER_SLUG' }).click();
  await page.getByLabel('Model', { exact: true }).fill('minimax/MiniMax-M2.7');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText('Saved minimax/MiniMax-M2.7.').waitFor();
  expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'minimax/MiniMax-M2.7' });
  await page.getByText('What a new machine would get').click();
  await page.getByLabel('user-data').getByText('MODEL').waitFor();
  await page.getByText('Migrations').click();
  await page.getByText('20260519000000').first().waitFor();
  await page.reload();
  await page.getByText('1 of 1 workspaces').waitFor();
  await page.getByRole('heading', { name: 'test' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'test' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByText('1 of 1 workspaces').waitFor();
  await page.getByRole('row').filter({ hasText: 'minimax/MiniMax-M2.7' }).waitFor();
});

it.each([
  [
    'may have been saved where API Gateway has given up',
    { status: 503, json: { message: 'Service Unavailable' } },
    'Service Unavailable (GATEWAY_ERROR) It may have been saved: read again.',
  ],
  [
    'may have been saved where the service says no more than that it is not available',
    { status: 503, json: { error: 'Busy.', code: 'DATABASE_UNAVAILABLE' }, headers: { 'retry-after': '5' } },
    'Busy. (DATABASE_UNAVAILABLE; again in 5 s) It may have been saved: read again.',
  ],
  [
    'was refused, where API Gateway alone has seen it',
    { status: 403, json: { message: 'Forbidden' } },
    'Forbidden (GATEWAY_ERROR)',
  ],
  [
    'was refused, where the database is not migrated',
    { status: 503, json: { error: 'Not yet.', code: 'DATABASE_NOT_MIGRATED' } },
    'Not yet. (DATABASE_NOT_MIGRATED)',
  ],
])('says of a write that it %s', async (_, answer, said) => {
  await service.addPick('a/old');
  const page = await newPage();
  await page.goto(await serve());
  await page.getByRole('row').click();
  await page.getByRole('heading', { name: 'test' }).waitFor();
  await page.route('**/model', (route) =>
    route.request().method() === 'PUT' ? route.fulfill(answer) : route.continue(),
  );
  await page.getByLabel('Model', { exact: true }).fill('a/new');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText(said, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Replace …' }).click();
  await page.getByLabel('Every pick of').fill('a/old');
  await page.getByLabel('becomes').fill('a/new');
  await page.getByRole('button', { name: 'Replace 1 picks' }).click();
  await page.getByText(`0 refused. Stopped: ${said}`).waitFor();
});

it('tries an operation of the API in its reference', async () => {
  const page = await newPage();
  await page.goto(await serve());
  await page.getByRole('link', { name: 'API reference' }).click();
  await expectTried(page);
});

it('takes the key of an address that is pasted over the one without, in its reference too', async () => {
  await service.addPick('a/b');
  const { origin, hash } = new URL(await serve());
  const page = await newPage();
  await page.goto(origin);
  await page.getByText(/The fleet cannot be listed: .*it ends in a key/).waitFor();
  await page.goto(`${origin}/${hash}`);
  await page.getByText('1 of 1 workspaces').waitFor();

  await page.goto(`${origin}/reference`);
  await page.getByText('Get the picked model').waitFor();
  await page.goto(`${origin}/reference${hash}`);
  await expectTried(page);
});

it('loads nothing anew where a workspace is opened, and closed by Back', async () => {
  await service.addPick('a/b');
  const page = await newPage();
  await page.goto(await serve());
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  await page.getByRole('row').click();
  const heading = page.getByRole('heading', { name: 'test' });
  await heading.waitFor();
  await page.goBack();
  await heading.waitFor({ state: 'detached' });
  await page.goForward();
  await heading.waitFor();
  expect(loads).toBe(0);
});

it('says what is missing where it is opened without its key', async () => {
  const page = await newPage();
  await page.goto(new URL('/', await serve()).href);
  await page.getByText(/The fleet cannot be listed: .*it ends in a key/).waitFor();
});

/** Watches how often a page asks for the migrations, by a clock of the test's. */
const watchLooks = async (page: Page) => {
  let asked = 0;
  page.on('request', (request) => {
    asked += request.url().endsWith('/console/migrations') ? 1 : 0;
  });
  await page.clock.install();
  return {
    total: () => asked,
    /** In the next minute; a request of the test's own comes behind all of them. */
    inAMinute: async (): Promise<number> => {
      const before = asked;
      await page.clock.fastForward(60_000);
      const last = page.waitForRequest(/openapi\.json/);
      await page.evaluate("fetch('/openapi.json').then((response) => response.text())");
      await last;
      return asked - before;
    },
  };
};

it('asks for the migrations once, and again and again only while they are shown', async () => {
  await service.addPick('a/b');
  const page = await newPage();
  const looks = await watchLooks(page);
  await page.goto(await serve());
  await page.getByText('1 of 1 workspaces').waitFor();
  await eventually('the console to be quiet', looks.inAMinute).toBe(0);
  expect(looks.total()).toBe(1);
  await page.getByText('Migrations').click();
  await page.getByText('20260519000000').first().waitFor();
  await eventually('the console to ask', looks.inAMinute).toBeGreaterThan(0);
  await eventually('the console to ask again', looks.inAMinute).toBeGreaterThan(0);
  await page.getByText('Migrations').click();
  await eventually('the console to be quiet', looks.inAMinute).toBe(0);
  expect(await looks.inAMinute()).toBe(0);
});

it('follows a migration as long as it moves, one question at a time', async () => {
  const version = { version: '20260519000000', name: 'rename', step: 0, endPage: 100, finishedAt: null };
  let state = 'applying';
  let at = 0;
  let isMoving = true;
  let answered = Promise.resolve();
  const page = await newPage();
  await page.route('**/console/migrations', async (route) => {
    await answered;
    at += isMoving ? 1 : 0;
    await route.fulfill({ json: { versions: [{ ...version, state, page: at, changed: at, batches: at }] } });
  });
  const looks = await watchLooks(page);
  await page.goto(await serve());
  await page.getByText('Migrations: one is running').waitFor();
  await eventually('the console to ask', looks.inAMinute).toBeGreaterThan(0);
  await eventually('the console to ask again', looks.inAMinute).toBeGreaterThan(0);

  const { promise, resolve: answer } = Promise.withResolvers<void>();
  answered = promise;
  await eventually('the console to wait for an answer', looks.inAMinute).toBe(0);
  answer();
  await eventually('the console to go on', looks.inAMinute).toBeGreaterThan(0);

  isMoving = false;
  await eventually('the console to be quiet', looks.inAMinute).toBe(0);
  expect(await looks.inAMinute()).toBe(0);

  state = 'stale';
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByText('Migrations', { exact: true }).waitFor();
  expect(await looks.inAMinute()).toBe(0);
  await page.getByText('Migrations').click();
  await page.getByText('rename: to be applied again').waitFor();
});

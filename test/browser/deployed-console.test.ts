// The console of a deployed stack in a real Chromium, as `npm run console` serves it.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { startChromium } from '../../local/console/chromium.ts';
import { openConsole } from '../helpers/command-line.ts';
import { deployedAs } from '../helpers/deployed-stack.ts';
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

const openPage = async (addressOf = (address: string) => address) => {
  const address = await openConsole('models', await deployedAs('models', service));
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(addressOf(address));
  return page;
};

it('sets a pick, shows the machine and the migrations, and works on after a reload', async () => {
  const id = await service.addPick('minimax');
  const page = await openPage();
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
});

it('says what is missing where it is opened without its key', async () => {
  const page = await openPage((address) => new URL('/', address).href);
  await page.getByText(/The fleet cannot be listed: .*it ends in a key/).waitFor();
});

it('asks for the migrations once, and again and again only while they are shown', async () => {
  await service.addPick('a/b');
  const page = await openPage();
  let asked = 0;
  page.on('request', (request) => {
    asked += request.url().endsWith('/console/migrations') ? 1 : 0;
  });
  await page.reload();
  await page.waitForLoadState('networkidle');
  expect(asked).toBe(1);
  await page.clock.install();
  await page.getByText('Migrations').click();
  await page.getByText('20260519000000').first().waitFor();
  for (const more of [1, 2, 3]) {
    const answered = page.waitForResponse(/console\/migrations/);
    await page.clock.fastForward(2_000);
    await answered;
    expect(asked).toBeGreaterThan(more);
  }
  await page.getByText('Migrations').click();
  await page.locator('details.migrations:not([open])').waitFor();
  // preact ends a timer with the next frame, which the stopped clock must reach.
  await page.clock.fastForward(500);
  const before = asked;
  await page.clock.fastForward(60_000);
  await page.waitForLoadState('networkidle');
  expect(asked).toBe(before);
});

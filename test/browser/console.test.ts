// The console in a real Chromium against the real local stack: each of its ways, without an error in the browser's
// console, with nothing that axe-core finds. Also makes the pictures of docs/operate.md.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startChromium } from '../../local/support/chromium.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Service, startService } from '../helpers/service.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictureOf = (name: string): string =>
  fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));

let service: Service;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  service = await startService({ hasConsole: true });
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await service.close();
});

beforeEach(async () => {
  await service.sql('TRUNCATE workspaces CASCADE');
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // A refused PUT is an answer that the page shows; the browser logs each status of 4xx all the same.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      errors.push(message.text());
    }
  });
});

afterEach(async () => {
  await page.close();
  expect(errors).toEqual([]);
});

const addNamed = async (name: string, model: string): Promise<string> => {
  const id = await service.addPick(model);
  await service.sql('UPDATE workspaces SET name = $2 WHERE id = $1', [id, name]);
  return id;
};

/** Their ids come behind the random ones. */
const addMany = (count: number) =>
  service.sql(
    "INSERT INTO workspaces (id, name) SELECT CAST('ffffffff' || lpad(to_hex(n), 24, '0') AS uuid), 'workspace-' || n FROM generate_series(1, $1) n",
    [count],
  );

const FAILURE = { error: 'Out of order.', code: 'INTERNAL_ERROR' };

const open = () => page.goto(service.api);
const row = (name: string) => page.getByRole('row').filter({ hasText: name });
const model = () => page.getByLabel('Model', { exact: true });
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

/** Holds a request back until the function that this returns is called. */
const hold = async (url: string | RegExp): Promise<() => void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(url, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
};

const expectInView = (element: Locator) =>
  eventually('it to be in view', async () => (await element.boundingBox())?.y).toBeLessThan(800);

const expectAccessible = async (): Promise<void> => {
  // By evaluation, which the page's policy does not forbid.
  await page.evaluate(AXE);
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((n) => n.html).join(" | ")))',
  );
  expect(found).toEqual([]);
};

describe('the console', () => {
  it('shows the fleet with what is wrong, and finds by search and by problem', async () => {
    await addNamed('release-notes', 'minimax/MiniMax-M2.7');
    await addNamed('churn-watch', 'minimax');
    await open();
    await row('release-notes').waitFor();
    expect(await row('churn-watch').textContent()).toContain('PROVIDER_SLUG');

    await page.getByLabel('Problem').selectOption('any');
    await page.getByText('1 of 2 workspaces').waitFor();
    await page.getByLabel('Problem').selectOption('');
    await page.getByLabel('Search').fill('release');
    await page.getByText('1 of 2 workspaces').waitFor();
    await expectAccessible();
  });

  it('shows a refusal of the service in place, then saves a right id, then clears it', async () => {
    const id = await addNamed('churn-watch', 'minimax');
    await open();
    await row('churn-watch').click();
    await page.getByRole('heading', { name: 'churn-watch' }).waitFor();
    await model().fill('claude-code');
    await press('Set');
    await page.getByText('RUNTIME_NAME').waitFor();
    await expectAccessible();

    await model().fill('minimax/MiniMax-M2.7');
    await press('Set');
    await page.getByText('Saved minimax/MiniMax-M2.7.').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'minimax/MiniMax-M2.7' });

    await press('Clear');
    await page.getByText('Cleared:').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ source: 'default' });
  });

  it('clears a pick that no key opens', async () => {
    const id = await service.addPick('a/b', { secretString: randomBytes(32).toString('base64') });
    await open();
    await row('UNREADABLE').click();
    await page.getByText('DECRYPT_FAILED').waitFor();
    await press('Clear');
    await page.getByText('Cleared:').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ source: 'default' });
  });

  it('does not overwrite a pick that somebody has changed meanwhile', async () => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').click();
    await page.getByText('What a new machine would get').waitFor();
    await page.waitForLoadState('networkidle');
    await service.put(id, 'a/newer');
    await model().fill('a/mine');
    await press('Set');
    await page.getByText('PICK_CHANGED').waitFor();
    await page.getByText('Stored now: a/newer').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'a/newer' });
  });

  it.each<[string, (update: () => Promise<unknown>) => Promise<void>]>([
    [
      'Reload has read while something was typed',
      async (update) => {
        await row('release-notes').click();
        await page.waitForLoadState('networkidle');
        await model().fill('a/mine');
        await update();
        await press('Reload');
      },
    ],
    [
      'Read again has read while something was typed',
      async (update) => {
        await row('release-notes').click();
        await page.waitForLoadState('networkidle');
        await update();
        const { promise: typed, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/model', async (route) => {
          await typed;
          await route.continue();
        });
        await press('Read again');
        await model().fill('a/mine');
        goOn();
      },
    ],
    [
      'was read as the workspace was opened, behind what was typed already',
      async (update) => {
        const { promise: typed, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/model', async (route) => {
          await typed;
          await route.continue();
        });
        await row('release-notes').click();
        await model().fill('a/mine');
        await update();
        goOn();
      },
    ],
  ])('does not overwrite a pick that %s', async (_, meet) => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await meet(() => service.put(id, 'a/newer'));
    await page.getByText('Stored now: a/newer').waitFor();
    expect(await model().inputValue()).toBe('a/mine');
    await press('Set');
    await page.getByText('PICK_CHANGED').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'a/newer' });

    await press('Read again');
    await eventually('the field to show it', () => model().inputValue()).toBe('a/newer');
    await model().fill('a/mine');
    await press('Set');
    await page.getByText('Saved a/mine.').waitFor();
    expect(await page.getByText('Stored now').count()).toBe(0);
  });

  it('keeps what is typed where it comes by what the field showed before a newer pick was read', async () => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').click();
    await page.waitForLoadState('networkidle');
    await model().fill('a/ol');
    await service.put(id, 'a/newer');
    await press('Reload');
    await page.getByText('Stored now: a/newer').waitFor();

    await model().press('End');
    await model().pressSequentially('der');

    expect(await model().inputValue()).toBe('a/older');
    await press('Set');
    await page.getByText('PICK_CHANGED').waitFor();
  });

  it('saves once where Set is pressed twice while the answer is on its way', async () => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').click();
    await page.waitForLoadState('networkidle');
    const { promise: pressed, resolve: goOn } = Promise.withResolvers<void>();
    let puts = 0;
    await page.route('**/model', async (route) => {
      if (route.request().method() === 'PUT') {
        puts += 1;
        await pressed;
      }
      await route.continue();
    });
    await model().fill('a/new');
    await page.getByRole('button', { name: 'Set', exact: true }).dblclick();
    await page.getByText('Waiting for the answer').waitFor();
    goOn();
    await page.getByText('Saved a/new.').waitFor();
    expect(puts).toBe(1);
    expect(await page.locator('.refusal').count()).toBe(0);
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'a/new' });
  });

  it('says that its server does not answer, and no more once it does', async () => {
    await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').click();
    await page.waitForLoadState('networkidle');
    await page.context().setOffline(true);
    await page.getByText('What a new machine would get').click();
    await page.getByText("No machine: The console's server does not answer.").waitFor();
    await page.getByText('Migrations').click();
    await page.locator('.migrations .refusal').waitFor();
    await model().fill('a/new');
    await press('Set');
    await page.getByText('It may have been saved: read again.').waitFor();

    await page.context().setOffline(false);
    await page.getByText('What a new machine would get').click();
    await page.getByText('What a new machine would get').click();
    await page.getByLabel('user-data').waitFor();
    await press('Read again');
    await eventually('the refusals to go', () => page.locator('.refusal').count()).toBe(0);
  });

  it('puts back a pick out of the history', async () => {
    const id = await addNamed('release-notes', 'a/first');
    await service.put(id, 'a/second');
    await service.put(id, 'a/third');
    await open();
    await row('release-notes').click();
    await press('Put back a/second');
    await page.getByText('Saved a/second.').waitFor();
    expect(JSON.parse((await service.get(id)).text)).toMatchObject({ model: 'a/second' });
  });

  it('shows the very user-data that a machine would get, and why there is none', async () => {
    const id = await addNamed('release-notes', 'minimax/MiniMax-M2.7');
    await addNamed('churn-watch', 'minimax');
    await open();
    await row('release-notes').click();
    await page.getByText('What a new machine would get').click();
    const { result } = await service.provision({ workspace_id: id, runtime: 'langgraph' });
    await page.getByLabel('user-data').waitFor();
    expect(result).toMatchObject({ user_data: await page.getByLabel('user-data').textContent() });
    await row('churn-watch').click();
    await page.getByText('What a new machine would get').click();
    await page.getByText('No machine:').waitFor();
  });

  it('keeps what is typed while an answer is on its way, and shows an opened workspace anew after Reload', async () => {
    const id = await addNamed('release-notes', 'a/old');
    const { promise: typed, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/model', async (route) => {
      if (route.request().method() === 'PUT') {
        await typed;
      }
      await route.continue();
    });
    await open();
    await row('release-notes').click();
    await model().fill('a/new');
    await press('Set');
    await model().fill('a/next');
    goOn();
    await page.getByText('Saved a/new.').waitFor();
    await row('a/new').waitFor();
    expect(await model().inputValue()).toBe('a/next');
    await model().fill('a/new');

    await service.put(id, 'elsewhere/set');
    await press('Reload');
    await row('elsewhere/set').waitFor();
    await eventually('the field to follow', () => model().inputValue()).toBe('elsewhere/set');
    await page.getByText('saved elsewhere/set').waitFor();
  });

  it('reads on Reload all that is shown, the machine of an opened workspace included', async () => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').click();
    await page.getByText('What a new machine would get').click();
    await page.getByLabel('user-data').getByText('a/old').waitFor();
    await page.waitForLoadState('networkidle');
    const ofPage = ['/workspaces/models', '/models', '/console/migrations'];
    const asked = [...ofPage, '/console/provision', `/workspaces/${id}/model/history`].map((path) =>
      page.waitForRequest((request) => new URL(request.url()).pathname === path),
    );
    await press('Reload');
    await Promise.all(asked);

    await service.put(id, 'elsewhere/set');
    await press('Reload');
    await page.getByLabel('user-data').getByText('elsewhere/set').waitFor();
  });

  it('closes an opened workspace on Back, and opens it again on Forward and after a reload of the page', async () => {
    await addNamed('release-notes', 'a/old');
    await addNamed('churn-watch', 'minimax');
    await open();
    const heading = (name: string) => page.getByRole('heading', { name });
    await row('churn-watch').click();
    await row('release-notes').click();
    await heading('release-notes').waitFor();
    await page.goBack();
    await heading('release-notes').waitFor({ state: 'detached' });
    await page.getByText('2 of 2 workspaces').waitFor();
    await page.goForward();
    await heading('release-notes').waitFor();
    await page.reload();
    await heading('release-notes').waitFor();
    await page.getByRole('button', { name: 'Close' }).dblclick();
    await heading('release-notes').waitFor({ state: 'detached' });
    await row('churn-watch').click();
    await heading('churn-watch').waitFor();
  });

  it('replaces a model over the fleet after a preview', async () => {
    const ids = [
      await addNamed('one', 'a/old'),
      await addNamed('two', 'a/old'),
      await addNamed('three', 'a/b'),
    ];
    await open();
    await row('three').waitFor();
    await press('Replace …');
    await page.getByLabel('Every pick of').fill('a/old');
    await page.getByText('2 workspaces have this pick').waitFor();
    await page.getByLabel('becomes').fill('a/new');
    await expectAccessible();
    await press('Replace 2 picks');
    await page.getByText('2 changed, 0 skipped, 0 refused.').waitFor();
    const models = await Promise.all(ids.map(async (id) => JSON.parse((await service.get(id)).text).model));
    expect(models).toEqual(['a/new', 'a/new', 'a/b']);
  });

  it('stops a replacement where the API does not serve, and one that is closed', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) {
      await addNamed(name, 'a/old');
    }
    await open();
    await row('three').waitFor();
    let puts = 0;
    const { promise: closed, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/model', async (route) => {
      puts += 1;
      if (puts === 1) {
        return route.fulfill({ status: 503, json: { error: 'Out of reach.', code: 'DATABASE_UNAVAILABLE' } });
      }
      await closed;
      await route.continue();
    });
    const replace = async () => {
      await page.getByLabel('Every pick of').fill('a/old');
      await page.getByLabel('becomes').fill('a/new');
      await press('Replace 3 picks');
    };
    await press('Replace …');
    await replace();
    await page.getByText('0 refused. Stopped: Out of reach. (DATABASE_UNAVAILABLE)').waitFor();
    expect(puts).toBe(1);

    const under = page.waitForRequest('**/model');
    const answered = page.waitForResponse('**/model');
    await replace();
    await under;
    await press('Close');
    goOn();
    await answered;
    await page.getByRole('row').filter({ hasText: 'a/new' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(puts).toBe(2);
  });

  it('keeps a pick that was set while the rest of the fleet was still on its way', async () => {
    await addNamed('release-notes', 'a/old');
    await addMany(500);
    const { promise: set, resolve: goOn } = Promise.withResolvers<void>();
    await page.route(/cursor=/, async (route) => {
      await set;
      await route.continue();
    });
    await open();
    await page.getByLabel('Search').fill('release');
    await press('Replace …');
    await page.getByLabel('Every pick of').fill('a/old');
    await page.getByLabel('becomes').fill('a/other');
    expect(await page.getByRole('button', { name: 'Replace 1 picks' }).isDisabled()).toBe(true);
    await page.getByLabel('becomes').press('Enter');
    await page.getByText('This needs the whole fleet').waitFor();
    await press('Close');
    await row('a/old').click();
    await model().fill('a/new');
    await press('Set');
    await row('a/new').waitFor();
    goOn();
    await page.getByText('1 of 501 workspaces').waitFor();
    expect(await row('release-notes').textContent()).toContain('a/new');
  });

  it('opens by its id, as it is listed, a workspace that a filter hides', async () => {
    const id = await addNamed('release-notes', 'a/old');
    await open();
    await row('release-notes').waitFor();
    await page.getByLabel('Problem').selectOption('any');
    await page.getByLabel('Search').fill(id);
    await press(`Open ${id}`);
    await page.getByText(`${id} · langgraph`).waitFor();
    await page.getByRole('heading', { name: 'release-notes' }).waitFor();
    await page.getByLabel('Problem').selectOption('');
    await row('release-notes').waitFor();
    await model().fill('a/new');
    await press('Set');
    await row('a/new').filter({ hasText: 'release-notes' }).waitFor();
  });

  it.each([
    ['before', ['pick', 'fleet'] as const],
    ['after', ['fleet', 'pick'] as const],
  ])('names a workspace opened by its id whose pick is read %s the rest of the fleet', async (_, order) => {
    await addMany(501);
    const id = `ffffffff-0000-0000-0000-${(501).toString(16).padStart(12, '0')}`;
    await service.put(id, 'a/old');
    const goOn = { pick: await hold('**/model'), fleet: await hold(/cursor=/) };
    const isRead = {
      pick: () => eventually('the pick to be shown', () => model().inputValue()).toBe('a/old'),
      fleet: () => page.getByText('1 of 501 workspaces').waitFor(),
    };
    await open();
    await page.getByText('Loading: 500 of 500 workspaces').waitFor();
    await page.getByLabel('Search').fill(id);
    await press(`Open ${id}`);
    await page.getByText(`${id} · no runtime`).waitFor();
    for (const one of order) {
      goOn[one]();
      await isRead[one]();
    }
    await page.getByRole('heading', { name: 'workspace-501' }).waitFor();
    await page.getByText(`${id} · langgraph`).waitFor();
    expect(await row('a/old').textContent()).toContain('workspace-501');
  });

  it('keeps what it has read of a workspace that is opened by its id a second time', async () => {
    await addMany(501);
    const id = `ffffffff-0000-0000-0000-${(501).toString(16).padStart(12, '0')}`;
    await service.put(id, 'a/old');
    await hold(/cursor=/);
    await open();
    await page.getByText('Loading: 500 of 500 workspaces').waitFor();
    await page.getByLabel('Search').fill(id);
    await press(`Open ${id}`);
    await eventually('the pick to be shown', () => model().inputValue()).toBe('a/old');
    await press(`Open ${id}`);
    expect(await model().inputValue()).toBe('a/old');
    await model().fill('a/new');
    await press('Set');
    await page.getByText('Saved a/new.').waitFor();
  });

  it('says of a fleet whose second page fails that it is not complete, and keeps a whole one', async () => {
    await addMany(501);
    const second = /cursor=/;
    const fail = () => page.route(second, (route) => route.fulfill({ status: 500, json: FAILURE }));
    await fail();
    await open();
    await page.getByText('500 of 500 workspaces: the list is not complete').waitFor();
    await page.getByText('The fleet cannot be listed: Out of order. (INTERNAL_ERROR)').waitFor();

    await page.unroute(second);
    await press('Reload');
    await page.getByText(/^501 of 501 workspaces$/).waitFor();
    expect(await page.locator('.refusal').count()).toBe(0);

    await fail();
    await press('Reload');
    await page
      .getByText('The fleet cannot be listed, and what is shown is from before: Out of order.')
      .waitFor();
    expect(await page.getByText(/^501 of 501 workspaces$/).count()).toBe(1);
  });

  it('shows the whole fleet while it is read anew, once at a time', async () => {
    await addMany(501);
    await open();
    await page.getByText(/^501 of 501 workspaces$/).waitFor();
    const { promise: seen, resolve: goOn } = Promise.withResolvers<void>();
    let asked = 0;
    await page.route(/cursor=/, async (route) => {
      asked += 1;
      await seen;
      await route.continue();
    });
    await press('Reload');
    await eventually('the second page to be asked for', () => asked).toBe(1);
    await page.getByText('Loading: 501 of 501 workspaces').waitFor();
    await page.keyboard.press('Enter');
    goOn();
    await page.getByText(/^501 of 501 workspaces$/).waitFor();
    expect(asked).toBe(1);
  });

  it.each([
    ['429', { status: 429, json: { message: 'Too Many Requests' } }],
    ['Retry-After', { status: 503, json: FAILURE, headers: { 'retry-after': '5' } }],
  ])('waits at %s, and asks for the page again', async (_, answer) => {
    await addMany(501);
    await page.clock.install();
    let asked = 0;
    await page.route(/cursor=/, async (route) => {
      asked += 1;
      await (asked === 1 ? route.fulfill(answer) : route.continue());
    });
    await open();
    await eventually('the second page', async () => {
      await page.clock.fastForward(1_000);
      return page.getByRole('status').first().textContent();
    }).toBe('501 of 501 workspaces');
    expect(asked).toBe(2);
  });

  it('says at once that the database is not migrated', async () => {
    const answer = { ...FAILURE, code: 'DATABASE_NOT_MIGRATED' };
    await page.route('**/workspaces/models?*', (route) =>
      route.fulfill({ status: 503, json: answer, headers: { 'retry-after': '30' } }),
    );
    await open();
    await page.getByText('(DATABASE_NOT_MIGRATED; again in 30 s)').waitFor();
  });

  it('keeps a filter that no pick passes any more', async () => {
    await addNamed('release-notes', 'a/b');
    await addNamed('churn-watch', 'minimax');
    await open();
    await page.getByLabel('Problem').selectOption('PROVIDER_SLUG');
    await row('churn-watch').click();
    await model().fill('a/b');
    await press('Set');
    await page.getByText('0 of 2 workspaces').waitFor();
    expect(await page.getByLabel('Problem').inputValue()).toBe('PROVIDER_SLUG');
    await page.getByLabel('Problem').selectOption('');
    await page.getByText('2 of 2 workspaces').waitFor();
  });

  it('shows an opened workspace also below the fleet, and goes back to the fleet when it is closed', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await addNamed('release-notes', 'minimax/MiniMax-M2.7');
    await open();
    await row('release-notes').click();
    const heading = page.getByRole('heading', { name: 'release-notes' });
    await expectInView(heading);
    await page.evaluate('scrollTo(0, 0)');
    await row('release-notes').click();
    await expectInView(heading);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await heading.waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await heading.waitFor();
  });

  it('shows a replacement also below the fleet, at every press', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await open();
    // What comes later above it would move it down again.
    await page.getByText(/^\d+ of \d+ workspaces$/).waitFor();
    const heading = page.getByRole('heading', { name: 'Replace a model' });
    for (const _ of ['opened', 'opened already']) {
      await page.evaluate('scrollTo(0, 0)');
      await press('Replace …');
      await expectInView(heading);
    }
  });

  it('is worked by the keyboard alone', async () => {
    await addNamed('release-notes', 'minimax/MiniMax-M2.7');
    await open();
    await row('release-notes').waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'release-notes' }).waitFor();
  });

  it('leaves the keyboard where it is, and at the heading where what was pressed is gone', async () => {
    const id = await addNamed('release-notes', 'a/first');
    await service.put(id, 'a/second');
    await open();
    await row('release-notes').click();
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await button('Put back a/second').waitFor();
    const pressed = async (name: string, outcome: string): Promise<unknown> => {
      await button(name).focus();
      await page.keyboard.press('Enter');
      await page.getByText(outcome).waitFor();
      return page.evaluate('document.activeElement.textContent');
    };
    await model().fill('a/third');
    expect(await pressed('Set', 'Saved a/third.')).toBe('Set');
    await button('Put back a/third').waitFor();
    expect(await pressed('Clear', 'Cleared:')).toBe('Clear');
    expect(await button('Clear').isDisabled()).toBe(true);
    await page.keyboard.press('Enter');
    expect(await page.getByText('Cleared:').count()).toBe(1);
    expect(await pressed('Put back a/second', 'Saved a/second.')).toBe('release-notes');
    await row('a/second').waitFor();
    await service.put(id, 'a/fourth');
    expect(await pressed('Reload', 'saved a/fourth')).toBe('Reload');
    // The history may come before the fleet, and what is typed until then is over the pick of before.
    await row('a/fourth').waitFor();

    const refusal = { error: 'A provider.', code: 'PROVIDER_SLUG', suggestions: ['a/fifth'] };
    await page.route('**/model', (route) =>
      route.request().postDataJSON()?.model === 'minimax'
        ? route.fulfill({ status: 422, json: refusal })
        : route.continue(),
    );
    await model().fill('minimax');
    expect(await pressed('Set', 'A provider.')).toBe('Set');
    expect(await pressed('a/fifth', 'Saved a/fifth.')).toBe('release-notes');
  });

  it('shows the migrations, and fits a phone in the dark', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await addNamed('release-notes', 'minimax/MiniMax-M2.7');
    await open();
    await row('release-notes').waitFor();
    await page.getByText('Migrations').click();
    await page.getByText('20260519000000').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await expectAccessible();
  });

  it('draws and filters 100,000 workspaces with only those in view in the page', async () => {
    await addMany(100_000);
    await open();
    await page.getByText('100000 of 100000 workspaces').waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(60);
    await page.getByLabel('Search').fill('workspace-99999');
    await page.getByText('1 of 100000 workspaces').waitFor();
    await row('workspace-99999').waitFor();
  });

  it('shows the reference of the API', async () => {
    await page.goto(`${service.api}/reference`);
    await page.getByText('Get the picked model').waitFor();
  });

  it('makes the picture of the console', async () => {
    for (const name of ['release-notes', 'pr-review', 'invoice-triage', 'docs-translator']) {
      await addNamed(name, 'minimax/MiniMax-M2.7');
    }
    await addNamed('quote-builder', 'claude-code');
    await addNamed('churn-watch', 'minimax');
    await open();
    await row('churn-watch').click();
    await page.getByText('PROVIDER_SLUG').nth(2).waitFor();
    await page.screenshot({ path: pictureOf('console') });
  });
});

// The console over 100,000 workspaces in a real browser: listed and drawn, beside its pages read without being drawn; and
// searched, beside the tenth of a second that people take for at once.
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { startChromium } from '../../local/support/chromium.ts';
import type { Measurement } from '../measurement.ts';
import { inRounds } from '../rounds.ts';
import { createFleet, MODEL } from '../service/fleet.ts';
import { startStackProcess } from '../service/stack-process.ts';
import { compare, exactly, spreadOf } from '../statistics.ts';

const WORKSPACES = 100_000;
const RARE = 'rare/model';
const ROUNDS = { warmUp: 1, rounds: 3 };
const SEARCHES = 20;
const AT_ONCE_MS = 100;
const TIMEOUT_MS = 5 * 60_000;

export const consolePage: Measurement = {
  name: 'console',
  measure: async ({ postgresUrl, progress }) => {
    const fleet = await createFleet(postgresUrl, {
      database: 'bench_console',
      workspaces: WORKSPACES,
      modelOf: (index) => (index === WORKSPACES / 2 ? RARE : MODEL),
    });
    const browser = await startChromium();
    const stack = await startStackProcess(fleet, true);
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(TIMEOUT_MS);
      const ways = { drawn: () => draw(page, stack.apiUrl), read: () => readPages(page, stack.apiUrl) };
      const listed = await inRounds(['drawn', 'read'], ROUNDS, (way) => ways[way](), progress);
      await draw(page, stack.apiUrl);
      const searches: number[] = [];
      for (let count = 0; count < SEARCHES; count += 1) {
        const narrowed = await search(page, RARE, `1 of ${WORKSPACES} workspaces`);
        const widened = await search(page, '', `${WORKSPACES} of ${WORKSPACES} workspaces`);
        searches.push(Math.max(narrowed, widened));
      }
      return [
        compare(
          'console, 100,000 workspaces drawn',
          'ms',
          spreadOf(listed('drawn')),
          { name: 'their pages read', figure: spreadOf(listed('read')) },
          { atMost: 1.25 },
        ),
        compare(
          'console, 100,000 workspaces searched, the slower of narrowed and widened',
          'ms',
          spreadOf(searches),
          { name: 'limit', figure: exactly(AT_ONCE_MS) },
          { atMost: 1 },
        ),
      ];
    } finally {
      await browser.close();
      await stack.close();
    }
  },
};

/** Milliseconds until the last workspace is in the page. */
const draw = async (page: Page, url: string): Promise<number> => {
  const startedAt = performance.now();
  await page.goto(url);
  await page.getByText(`${WORKSPACES} of ${WORKSPACES} workspaces`).waitFor();
  return performance.now() - startedAt;
};

// In the browser's own words: this project's types have no page.
const READ_PAGES = `(async () => {
  const startedAt = performance.now();
  let cursor;
  do {
    const query = cursor === undefined ? '' : '&cursor=' + cursor;
    const response = await fetch('/workspaces/models?limit=500' + query);
    cursor = (await response.json()).next;
  } while (cursor !== undefined);
  return performance.now() - startedAt;
})()`;

const readPages = async (page: Page, url: string): Promise<number> => {
  await page.goto(`${url}/openapi.json`);
  return z.number().parse(await page.evaluate(READ_PAGES));
};

/** Milliseconds from a word that is typed to the frame in which its result is there. */
const search = async (page: Page, wanted: string, result: string): Promise<number> =>
  z.number().parse(await page.evaluate(`(${SEARCH})(${JSON.stringify([wanted, result])})`));

const SEARCH = `([wanted, result]) => new Promise((resolve) => {
  const input = document.querySelector('#search');
  const status = document.querySelector('[role=status]');
  const startedAt = performance.now();
  const look = () => requestAnimationFrame(() =>
    status.textContent === result ? resolve(performance.now() - startedAt) : look());
  input.value = wanted;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  look();
})`;

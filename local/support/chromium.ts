// The Chromium of this machine, in which tests and the benchmark try the console.
import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @throws where there is none; the message says what to do */
export const findChromium = (): string => {
  const wanted = process.env['CHROMIUM'];
  for (const name of wanted === undefined ? NAMES : [wanted]) {
    const path = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
    if (path !== '') {
      return path;
    }
  }
  throw new Error(
    `There is no ${wanted ?? 'Chromium'} here. Debian: apt-get install chromium; or set CHROMIUM to its path.`,
  );
};

export const startChromium = (args: string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: [
      // Chromium's sandbox refuses to run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--no-first-run',
      ...args,
    ],
  });

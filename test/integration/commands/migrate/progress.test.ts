// The bar of a run, in a process that takes its streams for a terminal.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What it prints to stderr. */
const printed = (statements: string): string => {
  const program = `
    process.stdout.isTTY = process.stderr.isTTY = true;
    const { progressDisplay } = await import('./commands/migrate/progress.ts');
    const display = progressDisplay(false);
    const progress = { version: '1', state: 'applying', step: 0, steps: 2, page: 1, endPage: 4, changed: 7, leftLocked: 0 };
    ${statements}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }).stderr;
};

it('leaves the lines alone on which it is said what a run waits for before it begins', () => {
  const output = printed(
    "console.error('Another run is migrating'); display.update(progress); display.end();",
  );
  expect(output).toMatch(/^Another run is migrating\n/);
  expect(output).toMatch(/1 applying step 1\/2 \|.+\| 25% \| 7 rows/);
});

it('shows the cursor again where a second Ctrl-C ends the process', () => {
  const output = printed('display.update(progress); process.exit(130);');
  expect(output.indexOf('\u001b[?25l')).toBeGreaterThan(-1);
  expect(output.indexOf('\u001b[?25h')).toBeGreaterThan(output.indexOf('\u001b[?25l'));
});

// The bar of a change of many picks, in a process that takes its streams for a terminal.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('shows the cursor again where a second Ctrl-C ends the process', () => {
  const program = `
    process.stdout.isTTY = process.stderr.isTTY = true;
    const { progressLine } = await import('./commands/models/progress.ts');
    progressLine('text', 10).update(1);
    process.exit(130);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(status).toBe(130);
  expect(stderr.indexOf('\u001b[?25l')).toBeGreaterThan(-1);
  expect(stderr.indexOf('\u001b[?25h')).toBeGreaterThan(stderr.indexOf('\u001b[?25l'));
});

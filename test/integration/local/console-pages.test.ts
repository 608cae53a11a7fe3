// The pages of the console, served from a checkout of its own, and by a stack whose database does not serve.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startTestStack } from '../../helpers/local-stack.ts';

/** What a program prints in a copy of all that the pages are made of, at a path with a space and a letter beyond ASCII. */
const printedInCheckout = (program: string): string => {
  const checkout = mkdtempSync(join(tmpdir(), 'check out ö '));
  onTestFinished(() => rmSync(checkout, { recursive: true }));
  for (const name of ['client', 'local', 'openapi.json', 'package.json']) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(checkout, 'node_modules'));
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: checkout,
    encoding: 'utf8',
  });
  return stdout;
};

it('bundles the console in any folder, and again after it could not', () => {
  const printed = printedInCheckout(`
    import { renameSync } from 'node:fs';
    import { consolePages } from './local/console/pages.ts';
    const script = consolePages({}).get('/console.js');
    const served = () => script().then(({ body }) => body.includes('Workspace models'), () => 'failed');
    renameSync('client/client.ts', 'client/away.ts');
    console.log(await served());
    renameSync('client/away.ts', 'client/client.ts');
    console.log(await served());`);
  expect(printed).toBe('failed\ntrue\n');
});

it('hands on to the page what the database says where the migrations cannot be read, and prints nothing', async () => {
  const stack = await startTestStack({ hasConsole: true });
  onTestFinished(() => stack.close());
  const print = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => print.mockRestore());
  const login = { username: 'nobody', password: 'none' };
  stack.aws.secrets.put('workspace-model/database', JSON.stringify(login));
  const answer = await fetch(`${stack.api}/console/migrations`);
  expect([answer.status, await answer.json()]).toEqual([
    502,
    { message: expect.stringMatching(/^The stack cannot be asked: \w+: .*nobody/) },
  ]);
  expect(print).not.toHaveBeenCalled();
});

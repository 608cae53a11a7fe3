// Facts about processes on a system without /proc, with a stand-in for its `ps`.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../../lib/project.ts';

it('asks `ps` for numbers of processes alone, and prints none of its complaints', () => {
  const directory = mkdtempSync(join(tmpdir(), 'processes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const ps = join(directory, 'ps');
  writeFileSync(ps, `#!/bin/sh\necho "$@" >> ${directory}/asked\necho 'ps: complaint' >&2; exit 1\n`);
  chmodSync(ps, 0o755);
  const program = `
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    const { commandOf, parentOf } = await import('./local/support/processes.ts');
    console.log(JSON.stringify([commandOf(NaN), commandOf(0), commandOf(7), parentOf(7)]));`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: projectRoot,
    env: { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH']}` },
    encoding: 'utf8',
  });

  expect([JSON.parse(stdout), stderr]).toEqual([['', '', '', 0], '']);
  expect(readFileSync(join(directory, 'asked'), 'utf8')).toBe('-o command= -p 7\n-o ppid= -p 7\n');
});

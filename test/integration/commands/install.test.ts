// What runs before every script, in a project of the test's own with a stand-in for npm.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../lib/project.ts';
import { eventually } from '../../helpers/eventually.ts';

const startProject = () => {
  const project = mkdtempSync(join(tmpdir(), 'install-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  for (const file of ['install.mjs', 'commands/forgotten-dashes.mjs']) {
    cpSync(join(projectRoot, file), join(project, file));
  }
  const npm = join(project, 'npm');
  writeFileSync(
    npm,
    '#!/bin/sh\ncat package-lock.json >> installs; while [ -e busy ]; do sleep 0.1; done; [ -z "$FAILS" ]\n',
  );
  chmodSync(npm, 0o755);
  const PATH = `${project}${delimiter}${process.env['PATH']}`;
  const inProject = { cwd: project, env: { ...process.env, PATH, npm_config_user_agent: '' } };
  return {
    project,
    begin: () => spawn(process.execPath, ['install.mjs'], inProject),
    install: (lock: string, variables: Record<string, string> = {}): number | null => {
      writeFileSync(join(project, 'package-lock.json'), lock);
      const env = { ...inProject.env, ...variables };
      return spawnSync(process.execPath, ['install.mjs'], { ...inProject, env }).status;
    },
    installs: () => readFileSync(join(project, 'installs'), 'utf8'),
  };
};

it('installs once what the lock file names', () => {
  const { install, installs } = startProject();
  expect([install('A'), install('A'), install('B')]).toEqual([0, 0, 0]);
  expect(installs()).toBe('AB');
});

it('installs again what was there before an install that has failed', () => {
  const { install, installs } = startProject();
  expect([install('A'), install('B', { FAILS: 'yes' }), install('A')]).toEqual([0, 1, 0]);
  expect(installs()).toBe('ABA');
});

it('installs once where several commands begin at the same time', async () => {
  const { begin, installs, project } = startProject();
  writeFileSync(join(project, 'package-lock.json'), 'A');
  writeFileSync(join(project, 'busy'), '');
  const commands = [begin(), begin(), begin()];
  const ends = commands.map((command) => once(command, 'exit'));
  let said = '';
  for (const { stderr } of commands) {
    stderr.on('data', (text) => {
      said += text;
    });
  }
  const waiting = () => said.match(/Another command is installing; waiting/g);
  await eventually('the others to wait', waiting).toHaveLength(2);
  rmSync(join(project, 'busy'));

  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
  expect(installs()).toBe('A');
  expect(readdirSync(join(project, 'node_modules'))).toEqual(['.installed-package-lock.json']);
});

it.each([
  ['that was killed while it installed', () => String(spawnSync(process.execPath, ['--version']).pid)],
  ['whose claim names no process', () => 'nobody'],
])('waits for no command %s', (_, claimed) => {
  const { install, installs, project } = startProject();
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(claimed(), join(project, 'node_modules/.installing'));
  expect(install('A')).toBe(0);
  expect(installs()).toBe('A');
});

it('waits for no claim of its own number, as a container that begins anew finds it', () => {
  const { project, installs } = startProject();
  writeFileSync(join(project, 'package-lock.json'), 'A');
  mkdirSync(join(project, 'node_modules'));
  const PATH = `${project}${delimiter}${process.env['PATH']}`;
  const script = 'ln -s $$ node_modules/.installing; exec "$0" install.mjs';
  const { status } = spawnSync('sh', ['-c', script, process.execPath], {
    cwd: project,
    env: { ...process.env, PATH, npm_config_user_agent: '' },
  });
  expect([status, installs()]).toEqual([0, 'A']);
});

it('says in which folder packages cannot be installed', () => {
  const { project } = startProject();
  writeFileSync(join(project, 'package-lock.json'), 'A');
  writeFileSync(join(project, 'node_modules'), 'a file');
  const { status, stderr } = spawnSync(process.execPath, ['install.mjs'], { cwd: project, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^Packages cannot be installed in .*: EEXIST.*Nothing was started\.$/m),
  ]);
});

it('says where it runs before it installs anything on Windows', () => {
  const { project } = startProject();
  const onWindows = `data:text/javascript,Object.defineProperty(process, 'platform', { value: 'win32' })`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', onWindows, 'install.mjs'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining('on Windows, in WSL')]);
});

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

it('waits for no command that was killed while it installed', () => {
  const { install, installs, project } = startProject();
  const { pid } = spawnSync(process.execPath, ['--version']);
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(String(pid), join(project, 'node_modules/.installing'));
  expect(install('A')).toBe(0);
  expect(installs()).toBe('A');
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

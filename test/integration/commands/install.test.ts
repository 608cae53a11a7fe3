// What runs before every script, in a project of the test's own with a stand-in for npm.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../lib/project.ts';

const startProject = () => {
  const project = mkdtempSync(join(tmpdir(), 'install-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  for (const file of ['install.mjs', 'commands/forgotten-dashes.mjs']) {
    cpSync(join(projectRoot, file), join(project, file));
  }
  const npm = join(project, 'npm');
  writeFileSync(
    npm,
    '#!/bin/sh\nmkdir -p node_modules; cat package-lock.json >> installs; [ -z "$FAILS" ]\n',
  );
  chmodSync(npm, 0o755);
  const PATH = `${project}${delimiter}${process.env['PATH']}`;
  return {
    install: (lock: string, variables: Record<string, string> = {}): number | null => {
      writeFileSync(join(project, 'package-lock.json'), lock);
      const env = { ...process.env, PATH, npm_config_user_agent: '', ...variables };
      return spawnSync(process.execPath, ['install.mjs'], { cwd: project, env }).status;
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

// Installs what package-lock.json names, where it is not installed yet, before any other script runs.
// Plain JavaScript for Node 20 and later without a single package, because at this moment there is none.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const lockFile = `${root}package-lock.json`;
const installedLockFile = `${root}node_modules/.installed-package-lock.json`;

const wanted = readFileSync(lockFile, 'utf8');
const installed = existsSync(installedLockFile) ? readFileSync(installedLockFile, 'utf8') : '';

if (installed !== wanted) {
  // Not `npm ci`: it insists on the optional packages of every platform, which some registries do not serve.
  console.error('Installing packages (once, about a minute) …');
  const { status } = spawnSync('npm', ['install', '--no-save', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm install failed: see above. Nothing else was started.');
    process.exit(1);
  }
  writeFileSync(installedLockFile, wanted);
}

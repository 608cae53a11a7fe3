// Runs before every script: stops where options did not reach it, and installs what package-lock.json names where that
// is not installed yet, of the project and of the folders named as arguments. Plain JavaScript for Node 20 and later
// without a single package, because at this moment there is none.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopForForgottenDashes } from './commands/forgotten-dashes.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

const install = (folder) => {
  const lockFile = join(folder, 'package-lock.json');
  const installedLockFile = join(folder, 'node_modules/.installed-package-lock.json');
  const wanted = readFileSync(lockFile, 'utf8');
  const installed = existsSync(installedLockFile) ? readFileSync(installedLockFile, 'utf8') : '';
  if (installed === wanted) {
    return;
  }

  // Of an install that is cut, nobody knows what it has left.
  rmSync(installedLockFile, { force: true });
  // Not `npm ci`: it insists on the optional packages of every platform, which some registries do not serve. Whatever
  // NODE_ENV and the user's settings leave out: Node itself is among what is installed here.
  console.error('Installing packages (once, about a minute) …');
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--include=dev', '--include=optional', '--loglevel=error'],
    {
      cwd: folder,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) {
    console.error('npm install failed: see above. Nothing else was started.');
    process.exit(1);
  }
  writeFileSync(installedLockFile, wanted);
};

stopForForgottenDashes();
for (const folder of ['.', ...process.argv.slice(2)]) {
  install(join(root, folder));
}

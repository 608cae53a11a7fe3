// Runs before every script: stops where options did not reach it, and installs what package-lock.json names where that
// is not installed yet, of the project and of the folders named as arguments. Plain JavaScript for Node 20 and later
// without a single package, because at this moment there is none.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stopForForgottenDashes } from './commands/forgotten-dashes.mjs';

const CLAIM_POLL_MS = 250;
/** Many times what an install takes. */
const CLAIM_LIMIT_MS = 900_000;

const root = fileURLToPath(new URL('.', import.meta.url));

const install = async (folder) => {
  const installedLockFile = join(folder, 'node_modules/.installed-package-lock.json');
  const wanted = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const isInstalled = () =>
    existsSync(installedLockFile) && readFileSync(installedLockFile, 'utf8') === wanted;
  if (isInstalled()) {
    return;
  }
  try {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    await claim(join(folder, 'node_modules/.installing'));
  } catch (error) {
    console.error(`Packages cannot be installed in ${folder}: ${error.message}. Nothing was started.`);
    process.exit(1);
  }
  // By the one that was waited for.
  if (isInstalled()) {
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
    { cwd: folder, stdio: ['ignore', 2, 2] },
  );
  if (status !== 0) {
    console.error('npm install failed: see above. Nothing else was started.');
    process.exit(1);
  }
  writeFileSync(installedLockFile, wanted);
};

/**
 * Two installs at once take each other's packages away. A claim is a symbolic link to the PID of its process: made in one step
 * with what it says, and nobody's once that process is gone.
 */
const claim = async (path) => {
  let isSaid = false;
  const givesUpAt = performance.now() + CLAIM_LIMIT_MS;
  while (!make(path)) {
    if (performance.now() > givesUpAt) {
      throw new Error(`another command has been installing for 15 minutes; if there is none, remove ${path}`);
    }
    if (isHeld(path) && !isSaid) {
      console.error(`Another command is installing; waiting for its end … If there is none, remove ${path}`);
      isSaid = true;
    }
    await wait(CLAIM_POLL_MS);
  }
  process.once('exit', () => rmSync(path, { force: true }));
};

/** False where there is one already. */
const make = (path) => {
  try {
    symlinkSync(String(process.pid), path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
};

/** What a killed process has left is removed, also where its number is ours by now, as in a container that begins anew. */
const isHeld = (path) => {
  try {
    const pid = Number(readlinkSync(path));
    if (pid !== process.pid) {
      process.kill(pid, 0);
      return true;
    }
  } catch (error) {
    // That of another user's process.
    if (error.code === 'EPERM') {
      return true;
    }
    // Given up a moment ago: what is there by now is somebody's.
    if (error.code === 'ENOENT') {
      return false;
    }
  }
  rmSync(path, { force: true });
  return false;
};

if (process.platform === 'win32') {
  console.error('This runs on Linux or macOS; on Windows, in WSL. Nothing was started.');
  process.exit(1);
}
stopForForgottenDashes();
for (const folder of ['.', ...process.argv.slice(2)]) {
  await install(join(root, folder));
}

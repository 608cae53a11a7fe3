// npm run test:mutation: Stryker over rooms of functions/, one after the other.
import { spawnSync } from 'node:child_process';
import { startTestRun } from '../helpers/test-run.ts';
import { roomNames } from './rooms.ts';
import { ROOM, TEST_RUN } from './shared-run.ts';

const named = process.argv.slice(2);
const unknown = named.find((name) => !roomNames.includes(name));
if (unknown !== undefined) {
  console.error(`There is no room ${unknown} to mutate, but ${roomNames.join(', ')}.`);
  process.exit(2);
}

const { close, ...run } = await startTestRun();
try {
  for (const room of named.length > 0 ? named : roomNames) {
    const env = { ...process.env, [ROOM]: room, [TEST_RUN]: JSON.stringify(run) };
    const { status } = spawnSync('stryker', ['run'], { env, stdio: 'inherit' });
    if (status !== 0) {
      process.exitCode = 1;
    }
  }
} finally {
  await close();
}

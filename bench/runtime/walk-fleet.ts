// One walk over the fleet by a function in a process of its own, and what it took.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const PROGRAM = fileURLToPath(new URL('./walk-fleet.mjs', import.meta.url));

const walk = z.object({ rows: z.number(), wallMs: z.number(), peakMegabytes: z.number() });

/** @param file the bundle to load, in this environment */
export const walkFleet = async (
  file: string,
  environment: Record<string, string>,
): Promise<z.infer<typeof walk>> => {
  const child = fork(PROGRAM, [file], {
    env: environment,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with exit code ${code}.`);
  });
  failed.catch(() => {});
  const [message] = await Promise.race([once(child, 'message'), failed]);
  return walk.parse(message);
};

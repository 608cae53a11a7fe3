// One walk over the fleet by a function in a process of its own, and what it took.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { nextMessage } from './next-message.ts';

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
  return walk.parse(await nextMessage(child, file));
};

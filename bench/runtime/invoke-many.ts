// One run of invocations of one function in a process of its own, and what it took.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const PROGRAM = fileURLToPath(new URL('./invoke-many.mjs', import.meta.url));

export interface Invocations {
  /** The bundle to load, in this environment. */
  file: string;
  environment: Record<string, string>;
  /** Sent in turns. */
  events: unknown[];
  /** The body of every answer, or its `env` as JSON where it has none. */
  body: string;
  /** Not measured. */
  warmUp: number;
  invocations: number;
  inFlight: number;
}

const taken = z.object({
  wallMs: z.number(),
  cpuMs: z.number(),
  /** Peak of the resident memory before the measured invocations, and after them. */
  halfPeakKb: z.number(),
  peakKb: z.number(),
});

/** @throws when an answer is not the expected one: what does not work is not to be measured */
export const invokeMany = async ({
  environment,
  ...program
}: Invocations): Promise<z.infer<typeof taken>> => {
  const child = fork(PROGRAM, {
    env: environment,
    execArgv: [],
    // Their logs go nowhere, as fast as they can.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.send(program);
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const [errors, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')]);
  if (code !== 0 || messages.length === 0) {
    throw new Error(`${program.file} failed:\n${errors}`);
  }
  return taken.parse(messages[0]);
};

// The claim that of two starts at the same instant one gets the directory, made by two processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import * as z from 'zod';
import { State } from '../../local/start/state.ts';

const CLAIM = fileURLToPath(new URL('claim-start.ts', import.meta.url));
/** Longer than the loser of a round waits. */
const APART_MS = 60;
/** No process has it: Linux counts to 4,194,304 at most. */
export const DEAD_PID = '4999999';

export interface TwoStarts {
  directory: string;
  rounds: number;
  /** What an earlier start has left. */
  claimBefore: string | undefined;
}

export const expectOneOfTwo = async ({ directory, rounds, claimBefore }: TwoStarts): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) {
    const own = join(directory, String(round));
    mkdirSync(own);
    if (claimBefore !== undefined) {
      new State(own).write('stack.pid', claimBefore);
    }
  }
  const first = String(Date.now() + 2_000);
  const starts = [1, 2].map(() =>
    spawn(process.execPath, [CLAIM, directory, String(rounds), first, String(APART_MS)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const granted = await Promise.all(
    starts.map(async ({ stdout }) => {
      const [line] = await once(stdout.setEncoding('utf8'), 'data');
      return z.array(z.int()).parse(JSON.parse(line));
    }),
  );
  await Promise.all(
    starts.map(async (start) => {
      start.stdin.end();
      await once(start, 'close');
    }),
  );
  expect(granted.flat().sort((one, other) => one - other)).toEqual(
    Array.from({ length: rounds }, (_, i) => i),
  );
  // Otherwise one of the two was always late, and nothing was tried.
  expect(granted.every((own) => own.length > 0)).toBe(true);
};

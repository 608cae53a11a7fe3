import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimDirectory, releaseDirectory } from '../../../../local/start/only-one.ts';
import { State } from '../../../../local/start/state.ts';
import { makeOwnDirectory, removeOwnDirectory } from '../../../helpers/own-directory.ts';
import { DEAD_PID, expectOneOfTwo } from '../../../helpers/two-starts.ts';

let directory: string;

beforeEach(() => {
  directory = makeOwnDirectory();
});

afterEach(() => removeOwnDirectory(directory));

it.each([undefined, DEAD_PID])(
  'grants a directory to one of two starts at the same instant, where the claim before is %s',
  (claimBefore) => expectOneOfTwo({ directory, rounds: 20, claimBefore }),
);

it('takes over from a process that is no start, and lets the directory go', async () => {
  const state = new State(directory);
  state.write('stack.pid', '1');
  await claimDirectory(state, 0);
  expect(state.read('stack.pid')).toBe(String(process.pid));
  releaseDirectory(state);
  expect(existsSync(join(directory, 'stack.pid'))).toBe(false);
});

it('names the file to remove where a start was killed while it took over', async () => {
  const state = new State(directory);
  state.write('stack.pid', DEAD_PID);
  state.write('stack.pid.take-over', DEAD_PID);
  await expect(claimDirectory(state, 0)).rejects.toThrow(/has left .*stack\.pid\.take-over\. Remove it\./);
});

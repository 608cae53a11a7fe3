import { afterEach, beforeEach, it } from 'vitest';
import { makeOwnDirectory, removeOwnDirectory } from '../helpers/own-directory.ts';
import { DEAD_PID, expectOneOfTwo } from '../helpers/two-starts.ts';

let directory: string;

beforeEach(() => {
  directory = makeOwnDirectory();
});

afterEach(() => removeOwnDirectory(directory));

it.each([undefined, DEAD_PID])(
  'grants a directory to one of two starts at the same instant, 300 of 300 times, where the claim before is %s',
  (claimBefore) => expectOneOfTwo({ directory, rounds: 300, claimBefore }),
);

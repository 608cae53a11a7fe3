// A question on a terminal, with the keys that a person presses.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { InterruptedError } from '../../../commands/interrupt.ts';
import { isYes } from '../../../commands/models/ask.ts';

const asked = (keys: string) => {
  const input = new PassThrough();
  // As a terminal: Ctrl-C and Ctrl-D are keys there.
  const output = Object.assign(new PassThrough(), { isTTY: true });
  const answer = isYes('Change 1 pick? [y/N] ', input, output);
  input.write(keys);
  return { answer, shown: () => text(output.end()) };
};

it.each([
  ['y\r', true],
  [' YES \r', true],
  ['\r', false],
  ['yesterday\r', false],
  ['\u0004', false],
])('takes the keys %j for %s', async (keys, expected) => {
  const { answer, shown } = asked(keys);
  expect(await answer).toBe(expected);
  expect(await shown()).toMatch(/Change 1 pick\? \[y\/N\] [\s\S]*\n$/);
});

it('is interrupted by Ctrl-C, which changes nothing', async () => {
  await expect(asked('\u0003').answer).rejects.toThrow(new InterruptedError('Nothing was changed.'));
});

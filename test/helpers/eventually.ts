import { expect } from 'vitest';

/** A claim about what `probe` gives sooner or later. It fails after 20 s, saying what it waited for. */
export const eventually = <Value>(awaited: string, probe: () => Value | Promise<Value>) =>
  expect.poll(probe, { timeout: 20_000, interval: 20, message: `Waited 20 s for ${awaited}` });

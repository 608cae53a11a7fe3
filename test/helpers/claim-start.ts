// One of two processes that claim the same directories at the same instants. Its name has to look like a start's.
import { join } from 'node:path';
import { claimDirectory } from '../../local/start/only-one.ts';
import { State } from '../../local/start/state.ts';
import { StartError } from '../../local/support/start-error.ts';

const [directory = '', rounds = '0', first = '0', apart = '0'] = process.argv.slice(2);
const granted: number[] = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const instant = Number(first) + round * Number(apart);
  // Busy, because a timer would wake the two at different moments.
  while (Date.now() < instant) {}
  try {
    await claimDirectory(new State(join(directory, String(round))), 30);
    granted.push(round);
  } catch (error) {
    if (!(error instanceof StartError)) {
      throw error;
    }
  }
}
process.stdout.write(`${JSON.stringify(granted)}\n`);
// Alive until the other one is done, so that its claims are a living process's.
process.stdin.resume();

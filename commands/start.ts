// `npm start`: the whole service on this machine. It shows the rename of a demo fleet, then serves until Ctrl-C.

import { runStack } from '../local/start/run-stack.ts';
import { readSettings, USAGE } from '../local/start/settings.ts';
import { StartError } from '../local/start/start-error.ts';

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings.help) {
    console.log(USAGE);
  } else {
    await runStack(settings);
  }
} catch (error) {
  // A StartError is the whole story; anything else is ours to mend, and needs its stack.
  console.error(error instanceof StartError ? `Cannot start: ${error.message}` : error);
  process.exit(1);
}

// `npm start`: the whole service on this machine. It shows the rename of a demo fleet, then serves until Ctrl-C.
import { runStack } from '../local/start/run-stack.ts';
import { readSettings } from '../local/start/settings.ts';
import { startVariables } from '../local/start/variables.ts';
import { StartError } from '../local/support/start-error.ts';
import { runCommand } from './command.ts';
import { EXIT_CODES } from './exit-codes.ts';

const variables = Object.entries(startVariables)
  .map(([name, { standard }]) => `  ${name.padEnd(24)}${standard}`)
  .join('\n');

const HELP = `Usage: npm start [-- [--fresh] [--empty]]

Runs the whole service on this machine until Ctrl-C, and prints where its console and its API are.

  --fresh   removes the state of earlier starts and begins again
  --empty   starts without the demo fleet
  --help    this text

Environment (docs/local-stack.md says what each means):
${variables}`;

await runCommand({
  name: 'npm start',
  help: HELP,
  options: { fresh: { type: 'boolean', default: false }, empty: { type: 'boolean', default: false } },
  run: (flags) => runStack(readSettings(flags, process.env)),
  exitCodeOf: (error) => (error instanceof StartError ? EXIT_CODES.failed : undefined),
});

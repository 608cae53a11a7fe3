// `npm start`: the whole service on this machine. It shows the rename of a demo fleet, then serves until Ctrl-C.
import { runStack } from '../local/start/run-stack.ts';
import { readSettings } from '../local/start/settings.ts';
import { StartError } from '../local/support/start-error.ts';
import { runCommand } from './command.ts';

const HELP = `npm start [-- --fresh] [-- --empty]

  --fresh   removes the state of earlier starts and begins again
  --empty   starts without the demo fleet
  --help    shows this

Environment: API_PORT (3000), AWS_PORT (4599), LOCAL_DIR (.local), SECRETS_ENCRYPTION_KEY, DATABASE_URL,
ALLOWED_MODEL_IDS, MODEL_CATALOGUE, CATALOGUE_MODE (warn), REQUIRE_MODEL (false), REQUIRE_MODEL_EXEMPT,
SECRETS_ENDPOINT. See docs/local-stack.md.`;

const flag = { type: 'boolean', default: false } as const;

await runCommand({
  name: 'npm start',
  help: HELP,
  options: { fresh: flag, empty: flag },
  run: (flags) => runStack(readSettings(flags, process.env)),
  exitCodeOf: (error) => (error instanceof StartError ? 1 : undefined),
});

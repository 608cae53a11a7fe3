// npm run migrate -- status | plan | up | down: the deploy's migrations by hand, on the local stack or a real cluster.
import { parseArgs } from 'node:util';
import { ServiceError } from '../functions/errors.ts';
import { applyOrUndo } from './migrate/apply-or-undo.ts';
import { type ConnectionFlags, connectTo } from './migrate/connection.ts';
import { exitCodeOf, UsageError } from './migrate/exit-codes.ts';
import { showPlan } from './migrate/plan.ts';
import { showStatus } from './migrate/status.ts';

const HELP = `Usage: npm run migrate -- <command> [options]

Commands
  status             versions with their state, time and rows
  plan               what "up" would do and how long it may take; changes nothing
  up   [--to V]      applies what is pending, up to V or the newest version
  down --to V        undoes every version above V

Options
  --cluster-arn A --secret-arn A --database D
                     a real cluster, by its ARN, its owner's secret and the database's name (all three are outputs
                     of the stack); otherwise the local stack that "npm start" runs
  --json             one JSON document instead of text
  --help             this text

Ctrl-C stops after the batch at hand; what is done stands, and the next run goes on from there.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 another run is migrating, 4 files and ledger disagree, 130 interrupted.`;

const OPTIONS = {
  to: { type: 'string' },
  'cluster-arn': { type: 'string' },
  'secret-arn': { type: 'string' },
  database: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const COMMANDS = ['status', 'plan', 'up', 'down'] as const;
type Command = (typeof COMMANDS)[number];

const main = async (): Promise<void> => {
  const { values, positionals } = parse();
  if (values.help) {
    console.log(HELP);
    return;
  }
  const command = commandOf(positionals);
  requireTarget(command, values.to);
  const connection = connectTo(connectionFlags(values));

  if (command === 'status') {
    return showStatus(connection, values.json);
  }
  if (command === 'plan') {
    return showPlan(connection, values.json);
  }
  return applyOrUndo(connection, { direction: command, target: values.to, json: values.json });
};

const parse = () => {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The options cannot be read.');
  }
};

const commandOf = (positionals: string[]): Command => {
  const command = COMMANDS.find((each) => each === positionals[0]);
  if (command !== undefined && positionals.length === 1) {
    return command;
  }
  throw new UsageError(`Name one command: ${COMMANDS.join(', ')}.`);
};

const requireTarget = (command: Command, target: string | undefined): void => {
  if (command === 'down' && target === undefined) {
    throw new UsageError('"down" needs --to <version>: see "status" for the versions.');
  }
  if (target !== undefined && (command === 'status' || command === 'plan')) {
    throw new UsageError(`"${command}" takes no --to.`);
  }
  if (target !== undefined && !/^\d{14}$/.test(target)) {
    throw new UsageError('A version has 14 digits: see "status".');
  }
};

const connectionFlags = (values: ReturnType<typeof parse>['values']): ConnectionFlags => ({
  clusterArn: values['cluster-arn'],
  secretArn: values['secret-arn'],
  database: values.database,
});

try {
  await main();
} catch (error) {
  if (!(error instanceof ServiceError || error instanceof UsageError)) {
    throw error;
  }
  console.error(error.message);
  if (error instanceof UsageError) {
    console.error('\nSee npm run migrate -- --help');
  }
  process.exitCode = exitCodeOf(error);
}

// npm run migrate -- status | plan | up | down: the deploy's migrations by hand, on the local stack or a real cluster.
import { ServiceError } from '../functions/errors.ts';
import { AnotherRunnerError, HistoryError, NotFinishedError } from '../functions/migration/errors.ts';
import { runCommand, UsageError } from './command.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { applyOrUndo } from './migrate/apply-or-undo.ts';
import { databaseFrom } from './migrate/database.ts';
import { showPlan } from './migrate/plan.ts';
import { showStatus } from './migrate/status.ts';

const HELP = `Usage: npm run migrate -- <command> [options]

Commands
  status             versions with their state, time and rows
  plan               what "up" would do, how long it may take, and why a deploy would be refused; changes nothing
  up   [--to V]      applies what is pending, up to V or the newest version
  down --to V        undoes every version above V

Options
  --stack NAME       a deployed stack, by its outputs, with your own AWS credentials and AWS_REGION
  --cluster-arn A --secret-arn A --database D
                     a real cluster by its ARN, its owner's secret, and the database's name
  --deploy [-c key=value …]
                     for "plan" and "up", before there is a stack: the cluster that the next deploy joins, with its key and
                     its stackName, by the context in cdk.json and -c, as "npm run deploy" takes them
                     without any of these, the local stack that "npm start" runs
  --json             one JSON document instead of text. With -s, since npm prints lines of its own otherwise:
                     npm run -s migrate -- status --json
  --help             this text

Ctrl-C stops after the current batch; what is done stands, and the next run goes on from there.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 another run is migrating, 4 files and ledger disagree or a deploy
would be refused, 130 interrupted.`;

const OPTIONS = {
  to: { type: 'string' },
  stack: { type: 'string' },
  'cluster-arn': { type: 'string' },
  'secret-arn': { type: 'string' },
  database: { type: 'string' },
  deploy: { type: 'boolean', default: false },
  context: { type: 'string', short: 'c', multiple: true },
  json: { type: 'boolean', default: false },
} as const;

const COMMANDS = ['status', 'plan', 'up', 'down'] as const;
type Command = (typeof COMMANDS)[number];

const commandOf = (words: string[]): Command => {
  const command = COMMANDS.find((each) => each === words[0]);
  if (command !== undefined && words.length === 1) {
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

const requireAhead = (command: Command, namesDeploy: boolean): void => {
  if (namesDeploy && command !== 'plan' && command !== 'up') {
    throw new UsageError(`"${command}" takes no --deploy and no -c: name the cluster.`);
  }
};

const exitCodeOf = (error: unknown): number | undefined => {
  if (!(error instanceof ServiceError)) {
    return undefined;
  }
  if (error instanceof AnotherRunnerError) {
    return EXIT_CODES.otherRunner;
  }
  if (error instanceof HistoryError) {
    return EXIT_CODES.deployRefused;
  }
  return error instanceof NotFinishedError ? EXIT_CODES.interrupted : EXIT_CODES.failed;
};

await runCommand({
  name: 'npm run migrate',
  help: HELP,
  options: OPTIONS,
  exitCodeOf,
  takesWords: true,
  onlyReads: ([name]) => name === 'status' || name === 'plan',
  run: async (values, words) => {
    const { to: target, json, deploy, context = [] } = values;
    const command = commandOf(words);
    requireTarget(command, target);
    requireAhead(command, deploy || context.length > 0);
    const database = await databaseFrom({
      stack: values.stack,
      clusterArn: values['cluster-arn'],
      secretArn: values['secret-arn'],
      database: values.database,
      deploy,
      context,
    });
    if (command === 'status') {
      return showStatus(database, json);
    }
    if (command === 'plan') {
      return showPlan(database, json);
    }
    return applyOrUndo(database, { direction: command, target, json });
  },
});

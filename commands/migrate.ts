// npm run migrate -- status | plan | up | down: the deploy's migrations by hand, on the local stack or a real cluster.
import { ServiceError } from '../functions/errors.ts';
import { AnotherRunnerError, HistoryError, NotFinishedError } from '../functions/migration/errors.ts';
import { runCommand, UsageError, type ValuesOf } from './command.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { applyOrUndo } from './migrate/apply-or-undo.ts';
import { databaseFrom } from './migrate/database.ts';
import { showPlan } from './migrate/plan.ts';
import { showStatus } from './migrate/status.ts';
import { type Subcommand, subcommandOf } from './subcommands.ts';

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

type Values = ValuesOf<typeof OPTIONS>;

const NAME = 'npm run migrate';
const SHARED = ['stack', 'cluster-arn', 'secret-arn', 'database', 'json'] as const;
/** Of a deploy that is to come. */
const NEXT_DEPLOY = ['deploy', 'context'] as const;

const subcommands: Record<string, Subcommand<keyof Values, Values>> = {
  status: {
    words: [],
    options: [],
    onlyReads: true,
    run: async (values) => showStatus(await databaseOf(values), values.json),
  },
  plan: {
    words: [],
    options: NEXT_DEPLOY,
    onlyReads: true,
    run: async (values) => showPlan(await databaseOf(values), values.json),
  },
  up: {
    words: [],
    options: ['to', ...NEXT_DEPLOY],
    onlyReads: false,
    run: (values) => move('up', values),
  },
  down: {
    words: [],
    options: ['to'],
    onlyReads: false,
    run: async (values) => {
      if (values.to === undefined) {
        throw new UsageError('"down" needs --to <version>: see "status" for the versions.');
      }
      await move('down', values);
    },
  },
};

const move = async (direction: 'up' | 'down', values: Values): Promise<void> => {
  const { to: target, json } = values;
  if (target !== undefined && !/^\d{14}$/.test(target)) {
    throw new UsageError('A version has 14 digits: see "status".');
  }
  await applyOrUndo(await databaseOf(values), { direction, target, json });
};

const databaseOf = ({ stack, database, deploy, context = [], ...arns }: Values) =>
  databaseFrom({
    stack,
    clusterArn: arns['cluster-arn'],
    secretArn: arns['secret-arn'],
    database,
    deploy,
    context,
  });

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
  name: NAME,
  help: HELP,
  options: OPTIONS,
  exitCodeOf,
  takesWords: true,
  onlyReads: ([name = '']) => subcommands[name]?.onlyReads === true,
  run: (values, words) =>
    subcommandOf({ name: NAME, subcommands, shared: SHARED }, words, values).run(values),
});

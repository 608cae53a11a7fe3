// npm run models: shows and mends the picks of a fleet by hand, on the local stack or a deployed one.
import { ApiError } from '../client/client.ts';
import { ServiceError } from '../functions/errors.ts';
import { problemCodes } from '../functions/invocation/fleet-query.ts';
import { runCommand, UsageError, type ValuesOf } from './command.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { InterruptedError } from './interrupt.ts';
import { workspaceIdOf } from './models/arguments.ts';
import { audit, IncompleteAuditError } from './models/audit.ts';
import { check } from './models/check.ts';
import type { Format } from './models/format.ts';
import { list } from './models/list.ts';
import { clear, get, history, set } from './models/one-workspace.ts';
import { reencryptAll } from './models/reencrypt.ts';
import { RepeatingClient } from './models/repeating-client.ts';
import { replace } from './models/replace.ts';
import { restore } from './models/restore.ts';
import { namingForeigners, OutOfReachError } from './out-of-reach.ts';
import { type Subcommand, subcommandOf } from './subcommands.ts';
import type { Target } from './target.ts';
import { targetOf } from './target-of.ts';

const HELP = `Usage: npm run models -- <command> [options]

Look
  list                   every workspace with its pick
         --problem CODE (${problemCodes.join(', ')})
         --model M --runtime R --changed-since TIME
  get <workspace>        one pick, and what is wrong with it
  history <workspace>    who saved or cleared it, newest first
  check <model>          whether that may be picked [--runtime R], without R for every runtime of the catalogue; saves nothing.
                         Ids allowed only by allowedModelIds are reported as refused, although the API saves them
  audit                  every pick that cannot work, why, and what to do
         --show-values   the stored models, too

Mend (each asks first; --yes does not, --dry-run only shows)
  set <workspace> <model>, clear <workspace>         these two do not ask
  replace --from A --to B     wherever A is picked
  restore --to TIME           every pick as it was at that time [--workspace ID]; with its zone: 2026-11-25T14:00:00Z
  reencrypt                   every stored value, to the current encryption key; says whether the previous key may be removed

Options
  --stack NAME           a deployed stack, by its outputs, with your own AWS credentials (with auth=jwt also a
                         token in MODEL_API_TOKEN); otherwise the local stack that "npm start" runs
  --json, --csv          for other programs: one JSON document, or lines with commas (list, audit), where an apostrophe stands
                         before a name that a spreadsheet would take for a formula. With -s, since npm prints lines of its
                         own otherwise: npm run -s models -- list --json
  --help                 this text

A newer pick is never overwritten: what was changed meanwhile is skipped. Calls that the API throttles or cannot answer for
a while are repeated, except for those of get, set and clear. Ctrl-C stops after what is under way; the same command again goes on from there.
Questions go to stderr; without a terminal pass --yes or --dry-run.
Exit codes: 0 done, 1 failed, or a write was or would be refused, 2 wrong usage, 3 audit or check found something or reencrypt
left something that may need the previous key, 130 interrupted.`;

const OPTIONS = {
  stack: { type: 'string' },
  problem: { type: 'string' },
  model: { type: 'string' },
  runtime: { type: 'string' },
  'changed-since': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  workspace: { type: 'string' },
  'show-values': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  csv: { type: 'boolean', default: false },
} as const;

type Values = ValuesOf<typeof OPTIONS>;

interface Given {
  values: Values;
  words: string[];
  client: RepeatingClient;
  target: Target;
  format: Format;
}

const NAME = 'npm run models';
const MENDS = ['dry-run', 'yes'] as const;

const subcommands: Record<string, Subcommand<keyof Values, Given>> = {
  list: {
    words: [],
    options: ['problem', 'model', 'runtime', 'changed-since', 'csv'],
    onlyReads: true,
    run: ({ client, format, values }) =>
      list(client, format, {
        problem: values.problem,
        model: values.model,
        runtime: values.runtime,
        changedSince: values['changed-since'],
      }),
  },
  get: {
    words: ['workspace'],
    options: [],
    onlyReads: true,
    run: ({ client, format, words: [id = ''] }) => get(client, format, workspaceIdOf('<workspace>', id)),
  },
  history: {
    words: ['workspace'],
    options: [],
    onlyReads: true,
    run: ({ client, format, words: [id = ''] }) => history(client, format, workspaceIdOf('<workspace>', id)),
  },
  set: {
    words: ['workspace', 'model'],
    options: [],
    onlyReads: false,
    run: ({ client, format, words: [id = '', model = ''] }) =>
      set(client, format, workspaceIdOf('<workspace>', id), model),
  },
  clear: {
    words: ['workspace'],
    options: [],
    onlyReads: false,
    run: ({ client, format, words: [id = ''] }) => clear(client, format, workspaceIdOf('<workspace>', id)),
  },
  check: {
    words: ['model'],
    options: ['runtime'],
    onlyReads: true,
    run: ({ client, format, values, words: [model = ''] }) => check(client, format, model, values.runtime),
  },
  audit: {
    words: [],
    options: ['show-values', 'csv'],
    onlyReads: true,
    run: ({ client, target, format, values }) => audit(client, target, format, values['show-values']),
  },
  replace: {
    words: [],
    options: ['from', 'to', ...MENDS],
    onlyReads: false,
    run: ({ client, format, values }) =>
      replace(
        client,
        { from: required(values, 'from'), to: required(values, 'to') },
        mendingOf(format, values),
      ),
  },
  restore: {
    words: [],
    options: ['to', 'workspace', ...MENDS],
    onlyReads: false,
    run: ({ client, format, values }) =>
      restore(client, { to: required(values, 'to'), workspace: values.workspace }, mendingOf(format, values)),
  },
  reencrypt: {
    words: [],
    options: MENDS,
    onlyReads: false,
    run: ({ target, format, values }) => reencryptAll(target, mendingOf(format, values)),
  },
};

const mendingOf = (format: Format, values: Values) => ({
  format,
  dryRun: values['dry-run'],
  yes: values.yes,
});

const required = (values: Values, name: 'from' | 'to'): string => {
  const value = values[name];
  if (value === undefined || value.trim() === '') {
    throw new UsageError(`--${name} is missing.`);
  }
  return value;
};

const formatOf = ({ json, csv }: Values): Format => {
  if (json && csv) {
    throw new UsageError('Choose one of --json and --csv.');
  }
  return json ? 'json' : csv ? 'csv' : 'text';
};

/** Their messages say all there is to say. */
const EXPECTED = [ApiError, IncompleteAuditError, OutOfReachError, ServiceError];

const exitCodeOf = (error: unknown): number | undefined => {
  if (error instanceof InterruptedError) {
    return EXIT_CODES.interrupted;
  }
  return EXPECTED.some((kind) => error instanceof kind) ? EXIT_CODES.failed : undefined;
};

await runCommand({
  name: NAME,
  help: HELP,
  options: OPTIONS,
  takesWords: true,
  onlyReads: ([name = '']) => subcommands[name]?.onlyReads === true,
  exitCodeOf,
  run: async (values, words) => {
    const command = subcommandOf({ name: NAME, subcommands, shared: ['stack', 'json'] }, words, values);
    const format = formatOf(values);
    const target = await targetOf(values.stack);
    const client = new RepeatingClient({ url: target.api, fetch: target.fetch });
    await command.run({ values, words: words.slice(1), client, target, format }).catch((error) => {
      throw namingForeigners(target.api, error);
    });
  },
});

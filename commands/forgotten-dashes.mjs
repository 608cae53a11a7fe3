// Stops where npm took options for itself because the two dashes before them were forgotten: they stand in
// npm_config_* variables, and the script would run without them. Plain JavaScript for Node 20, as install.mjs is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const WRONG_USAGE = 2;

/** What npm itself can be asked for in `npm run`, and in the `npm install` that comes first. */
const OPTIONS_OF_NPM = new Set(
  `allow_scripts audit ca cache cafile cert color fetch_retries fetch_retry_factor fetch_retry_maxtimeout
   fetch_retry_mintimeout fetch_timeout foreground_scripts fund global_prefix globalconfig heading https_proxy
   if_present ignore_scripts include include_workspace_root init_module legacy_peer_deps local_address local_prefix
   loglevel logs_dir logs_max maxsockets node_gyp node_options nodedir noproxy npm_version offline omit prefer_offline
   prefer_online prefix progress proxy registry script_shell shell strict_ssl timing unicode update_notifier usage
   user_agent userconfig workspace workspaces`.split(/\s+/),
);

/** npm's names for what was typed otherwise: -c is its --call, and it completes --to to an option of `npm token`. */
const TYPED = { call: '-c', token_description: '--to' };

/** Options without a value. A word after any other may be its value, and may not. */
export const FLAGS = new Set([
  '--deploy',
  '--csv',
  '--dry-run',
  '--empty',
  '--fresh',
  '--json',
  '--pictures',
  '--show-values',
  '--yes',
]);

/** What no shell takes for anything else; npm puts the values of a repeated option on lines of their own. */
const PLAIN = /^[\w./:=@,-]+$/;

/** npm shows no UUID in its name, for it may be a secret. */
const HIDDEN = '***';

/** Where the environment of another process cannot be read: keys that only a command line of this project sets. */
const OURS_ALONE = new Set([
  'changed_since',
  'cluster_arn',
  'csv',
  'empty',
  'fresh',
  'secret_arn',
  'show_values',
  'stack',
  'token_description',
]);

export const stopForForgottenDashes = () => {
  const npm = findNpm();
  const taken = takenOptions(process.env, npm);
  if (taken.length === 0) {
    return;
  }
  const names = taken.map(({ typed }) => typed).join(', ');
  console.error(
    `npm took ${names} for itself, because two dashes were forgotten. Nothing was started.\n` +
      `Write: ${rightCommand(npm?.words ?? [], taken)}`,
  );
  process.exit(WRONG_USAGE);
};

/** Options of npm's command line, as against those of npmrc files and of the environment that npm was started in. */
const takenOptions = (environment, npm) => {
  if (!environment['npm_config_user_agent']?.startsWith('npm/')) {
    return [];
  }
  const configured = configuredKeys(environment);
  return Object.keys(environment)
    .map((name) => /^npm_config_([a-z]\w*)$/.exec(name)?.[1] ?? '')
    .filter((key) => key !== '' && !OPTIONS_OF_NPM.has(key) && !configured.has(key))
    .filter((key) => (npm === undefined ? OURS_ALONE.has(key) : !npm.variables.has(`npm_config_${key}`)))
    .sort()
    .map((key) => optionOf(key, environment[`npm_config_${key}`]));
};

/** npm gives `true` to an option without a value, and an empty string to --no-<option>. */
const optionOf = (key, value) => {
  const name = `${value === '' ? 'no-' : ''}${key.replaceAll('_', '-')}`;
  const typed = TYPED[key] ?? `${key.length === 1 ? '-' : '--'}${name}`;
  return { typed, value: value === 'true' || value === '' ? undefined : value };
};

/** Keys of the four npmrc files. */
const configuredKeys = (environment) => {
  const { npm_config_userconfig = '', npm_config_globalconfig = '' } = environment;
  const { npm_execpath = '', npm_package_json = '' } = environment;
  const files = [
    npm_config_userconfig,
    npm_config_globalconfig,
    join(npm_execpath, '../../npmrc'),
    join(npm_package_json, '../.npmrc'),
  ];
  const keys = files.flatMap((file) => read(file).match(/^[^=[\n]+/gm) ?? []);
  return new Set(keys.map((key) => key.trim().toLowerCase().replaceAll('-', '_')));
};

/**
 * The npm that runs this script: the variables it was started with, and the words that it passes on. It is the nearest
 * ancestor that was not itself started for the script. Undefined where the system has no /proc.
 */
const findNpm = () => {
  const forScript = `npm_lifecycle_event=${process.env['npm_lifecycle_event']}`;
  let pid = process.ppid;
  let variables = variablesOf(pid);
  while (variables.includes(forScript)) {
    pid = parentOf(pid);
    variables = variablesOf(pid);
  }
  if (variables.length === 0) {
    return undefined;
  }
  return { variables: new Set(variables.map((variable) => variable.split('=', 1)[0])), words: wordsOf(pid) };
};

const variablesOf = (pid) => read(`/proc/${pid}/environ`).split('\0').filter(Boolean);

/** The name in brackets may hold anything; state and parent follow the last bracket. */
const parentOf = (pid) => Number(/.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1]);

/** npm names its process after what it did not take for an option: `npm run migrate up`. */
const wordsOf = (pid) => {
  const [, command, ...words] = read(`/proc/${pid}/cmdline`).replaceAll('\0', '').trim().split(' ');
  return /^(run|run-script|rum|urn)$/.test(command ?? '') ? words.slice(1) : words;
};

/**
 * Three dots stand for what is not known: of the words that are left, which is the value of which option; of an option that
 * may be repeated, what else was given; of a value, how the shell has it quoted.
 */
const rightCommand = (words, taken) => {
  const script = (process.env['npm_lifecycle_event'] ?? '').replace(/^pre/, '');
  const npm = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  const certain =
    taken.every(isAsTyped) &&
    (words.length === 0 ||
      (!words.includes(HIDDEN) &&
        taken.every(({ typed, value }) => value !== undefined || FLAGS.has(typed))));
  if (!certain) {
    return `${npm} -- …, with everything that is meant for the script after the two dashes`;
  }
  const options = taken.flatMap(({ typed, value }) => (value === undefined ? [typed] : [typed, value]));
  return [npm, '--', ...words, ...options].join(' ');
};

/** Of its own --call, npm keeps the last value alone. */
const isAsTyped = ({ typed, value }) => typed !== TYPED.call && (value === undefined || PLAIN.test(value));

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

// The commands that a command has, such as `list` of `npm run models`: which of them was typed, with words and options of its own.
import { UsageError } from './command.ts';

export interface Subcommand<Option extends string, Given> {
  /** Names of the words after it. */
  words: readonly string[];
  /** Those that it takes beside the shared ones. */
  options: readonly Option[];
  /** See `Command`. */
  onlyReads: boolean;
  run: (given: Given) => Promise<void>;
}

interface Subcommands<Option extends string, Given> {
  /** Of the command that has them. */
  name: string;
  /** By their names. */
  subcommands: Record<string, Subcommand<Option, Given>>;
  /** Options that each of them takes. */
  shared: readonly Option[];
}

/** @throws UsageError where there is none of that name, or it takes other words or other options */
export const subcommandOf = <Option extends string, Given>(
  { name, subcommands, shared }: Subcommands<Option, Given>,
  [typed = '', ...words]: string[],
  values: Partial<Record<Option, unknown>>,
): Subcommand<Option, Given> => {
  const subcommand = Object.hasOwn(subcommands, typed) ? subcommands[typed] : undefined;
  if (subcommand === undefined) {
    throw new UsageError(`Name one command: ${Object.keys(subcommands).join(', ')}.`);
  }
  if (words.length !== subcommand.words.length) {
    const wanted = subcommand.words.map((word) => ` <${word}>`).join('');
    throw new UsageError(`Write: ${name} -- ${typed}${wanted}`);
  }
  const known: readonly string[] = [...shared, ...subcommand.options];
  for (const [option, value] of Object.entries(values)) {
    if (value !== undefined && value !== false && !known.includes(option)) {
      throw new UsageError(`"${typed}" takes no --${option}.`);
    }
  }
  return subcommand;
};

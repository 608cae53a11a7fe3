// The one rule for all commands: how the words of a command line are read, --help, and how failures end the process.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { EXIT_CODES } from './exit-codes.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** By the names of the options. */
export type ValuesOf<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/** `words` is what is not an option, in order. */
type Run<O extends Options> = (values: ValuesOf<O>, words: string[]) => void | Promise<void>;

export interface Command<O extends Options> {
  /** As it is typed: `npm run migrate`. */
  name: string;
  /** What --help prints. */
  help: string;
  options: O;
  /** Whether words that are no option mean anything to it. */
  takesWords?: boolean;
  /** Whether it only reads: then it ends where nobody reads on (`| head -1`). Any other goes on to its end, unseen. */
  onlyReads?: (words: string[]) => boolean;
  run: Run<O>;
  /** Of failures whose message says all there is to say; any other is printed whole, with its stack. */
  exitCodeOf?: (error: unknown) => number | undefined;
}

/** The command line asks for something that does not exist; nothing was done. The message says what exists. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Runs the command that was typed. Exit codes: 0 done, 1 failed, 2 wrong usage, and those of `exitCodeOf`. */
export const runCommand = async <O extends Options>(command: Command<O>): Promise<void> => {
  let onlyReads = false;
  onLostOutput(() => onlyReads);
  if (asksForHelp()) {
    console.log(command.help);
    return;
  }
  try {
    const { values, positionals } = read(command);
    onlyReads = command.onlyReads?.(positionals) ?? false;
    await command.run(values, positionals);
  } catch (error) {
    // Ends the process itself: what had been started may keep it alive.
    process.exit(report(command, error));
  }
};

/**
 * What is printed after a reader has gone is lost, and no failure of the command. What cannot be printed otherwise, as to a full
 * disk or to a terminal that is gone, is one, but stops no command that writes half-way.
 */
const onLostOutput = (onlyReads: () => boolean): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') {
        if (stream === process.stdout && onlyReads()) {
          process.exit();
        }
        return;
      }
      if (onlyReads()) {
        throw error;
      }
      process.exitCode ||= EXIT_CODES.failed;
    });
  }
};

/** Whatever else is typed: a person who asks for help may not know the other words yet. */
const asksForHelp = (): boolean => process.argv.slice(2).some((word) => word === '--help' || word === '-h');

const read = <O extends Options>({ options, takesWords = false }: Command<O>) => {
  try {
    return parseArgs({ options, allowPositionals: takesWords });
  } catch (error) {
    // Only the first sentence: what follows is Node's advice for words that begin with a dash.
    const [reason] = String(error instanceof Error ? error.message : error).split(/\.\s/, 1);
    const known = [...Object.keys(options), 'help'].map((option) => `--${option}`).join(', ');
    throw new UsageError(`${reason}. Known are ${known}.`);
  }
};

const report = <O extends Options>({ name, exitCodeOf }: Command<O>, error: unknown): number => {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\nSee ${name} -- --help`);
    return EXIT_CODES.wrongUsage;
  }
  const exitCode = exitCodeOf?.(error);
  console.error(exitCode !== undefined && error instanceof Error ? error.message : error);
  return exitCode ?? EXIT_CODES.failed;
};

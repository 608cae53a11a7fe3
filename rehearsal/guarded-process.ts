// Starts a program that ends, with all that it started, when this process ends: in good order, or killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface GuardedOptions {
  cwd: string;
  env: Record<string, string>;
  /** The file that both outputs are appended to. */
  log: string;
}

// The shell's standard input is a pipe from this process. When it breaks, `read` returns and the program is killed.
// However it ended, whatever is left of its process group is then told to end, and the shell passes its exit code on.
const WATCH = [
  'exec 3<&0',
  '"$0" "$@" </dev/null 3<&- & program=$!',
  '(read -r _ <&3; kill -KILL $program) & wait $program; code=$?',
  'trap "" TERM; kill -TERM 0; wait; exit $code',
].join('\n');

/** To end it, destroy its `stdin`. */
export const startGuarded = (program: string, args: string[], options: GuardedOptions): ChildProcess => {
  const output = openSync(options.log, 'a');
  const shell = spawn('/bin/sh', ['-c', WATCH, program, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', output, output],
    // A process group of its own, which Ctrl-C in a terminal does not reach: this process ends things in order.
    detached: true,
  });
  closeSync(output);
  return shell;
};

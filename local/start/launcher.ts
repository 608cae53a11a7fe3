// Who started this process. A killed npm passes nothing on to what it runs, which would go on, orphaned.
import { commandOf, parentOf } from '../support/processes.ts';

/** Tells whether npm, and the shell that npm may put in between, are still there. Always true where npm was not used. */
export const watchLauncher = (): (() => boolean) => {
  if (process.env['npm_lifecycle_event'] === undefined) {
    return () => true;
  }
  const parent = process.ppid;
  const isShell = commandOf(parent).includes('start.ts');
  const grandparent = parentOf(parent);
  return () => process.ppid === parent && (!isShell || parentOf(parent) === grandparent);
};

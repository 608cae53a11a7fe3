// The file that the functions print into. It is not worth ending the stack for.
import { appendFileSync } from 'node:fs';

/** Appends to the file. What cannot be written is lost, which is said once. */
export const functionsLog = (path: string): ((text: string) => void) => {
  let isBroken = false;
  return (text) => {
    try {
      appendFileSync(path, text, { mode: 0o600 });
      isBroken = false;
    } catch (error) {
      if (!isBroken) {
        console.error(`${path} cannot be written, so what the functions print is lost: ${error}`);
      }
      isBroken = true;
    }
  };
};

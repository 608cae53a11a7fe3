// A question that is answered with yes or no.
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from '../interrupt.ts';

/**
 * Whether the answer is yes. Ctrl-D, the end of the input, is no.
 * @throws InterruptedError at Ctrl-C
 */
export const isYes = (question: string, input: Readable, output: Writable): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const asking = createInterface({ input, output });
    const endLine = () => output.write('\n');
    asking.once('SIGINT', () => {
      reject(new InterruptedError('Nothing was changed.'));
      asking.close();
    });
    asking.once('close', endLine);
    asking.once('close', () => resolve(false));
    asking.question(question, (answer) => {
      asking.off('close', endLine);
      resolve(/^y(es)?$/i.test(answer.trim()));
      asking.close();
    });
  });

// What a process that was forked says next.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** @throws where the process ends instead; `what` names it */
export const nextMessage = async (child: ChildProcess, what: string): Promise<unknown> => {
  const ended = new AbortController();
  const exited = once(child, 'exit', ended).then(([code]) => {
    throw new Error(`${what} ended with exit code ${code}.`);
  });
  exited.catch(() => {});
  try {
    const [message] = await Promise.race([once(child, 'message', ended), exited]);
    return message;
  } finally {
    ended.abort();
  }
};

// Starts the local stack in a process of its own, and asks it how many calls it has answered.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Fleet } from './fleet.ts';
import { type StackFacts, type StackMessage, stackMessage } from './stack-messages.ts';

const SERVER = fileURLToPath(new URL('./stack-server.ts', import.meta.url));

export interface StackProcess extends StackFacts, Fleet {
  /** Data API calls since the start. */
  countDataApiCalls: () => Promise<number>;
  close: () => Promise<void>;
}

export const startStackProcess = async (fleet: Fleet, migrated: boolean): Promise<StackProcess> => {
  const { databaseUrl, encryptionKey } = fleet;
  const server = fork(SERVER, [JSON.stringify({ databaseUrl, encryptionKey, migrated })]);
  const facts = await nextMessage(server);
  if (facts.kind !== 'started') {
    throw new Error('The local stack speaks before it is started.');
  }
  return {
    ...facts,
    ...fleet,
    countDataApiCalls: async () => {
      server.send('count');
      const counted = await nextMessage(server);
      if (counted.kind !== 'counted') {
        throw new Error('The local stack was started twice.');
      }
      return counted.dataApiCalls;
    },
    close: async () => {
      const exited = once(server, 'exit');
      server.disconnect();
      await exited;
    },
  };
};

const nextMessage = async (server: ChildProcess): Promise<StackMessage> => {
  const ended = new AbortController();
  const exited = once(server, 'exit', ended).then(([code]) => {
    throw new Error(`The local stack ended with exit code ${code}.`);
  });
  exited.catch(() => {});
  try {
    const [message] = await Promise.race([once(server, 'message', ended), exited]);
    return stackMessage.parse(message);
  } finally {
    ended.abort();
  }
};

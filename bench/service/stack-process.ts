// Starts the local stack in a process of its own, and asks it how many calls it has answered.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nextMessage } from '../runtime/next-message.ts';
import type { Fleet } from './fleet.ts';
import { type StackFacts, type StackMessage, stackMessage } from './messages.ts';

const SERVER = fileURLToPath(new URL('./stack-server.ts', import.meta.url));

export interface StackProcess extends StackFacts, Fleet {
  /** Data API calls since the start. */
  countDataApiCalls: () => Promise<number>;
  close: () => Promise<void>;
}

export const startStackProcess = async (fleet: Fleet, migrated: boolean): Promise<StackProcess> => {
  const { databaseUrl, encryptionKey } = fleet;
  const server = fork(SERVER, [JSON.stringify({ databaseUrl, encryptionKey, migrated })]);
  const facts = await nextStackMessage(server);
  if (facts.kind !== 'started') {
    throw new Error('The local stack speaks before it is started.');
  }
  return {
    ...facts,
    ...fleet,
    countDataApiCalls: async () => {
      server.send('count');
      const counted = await nextStackMessage(server);
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

const nextStackMessage = async (server: ChildProcess): Promise<StackMessage> =>
  stackMessage.parse(await nextMessage(server, 'The local stack'));
